package dev.whatsit.picture;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.whatsit.domain.failure.PermanentFailure;
import dev.whatsit.domain.image.ImageBytes;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.image.ImageLimits;
import dev.whatsit.domain.image.ImageValidator;
import dev.whatsit.domain.image.Inspection;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Small pictures with one peculiarity each, sent through the validator and the decoder as an upload
 * is. {@code corpus/expected.json} has what libvips and Pillow make of them: the upright size and
 * the mean colours over white of 4 × 4 cells, or that they are refused.
 */
class CorpusTest {
  private static final ImageValidator VALIDATOR = new ImageValidator(ImageLimits.DEFAULT);
  private static final int THUMBNAIL = 256;
  private static final int CELLS = 4;

  /** The most that the mean of a cell may differ, of 255. */
  private static final int SLACK = 24;

  @Test
  void decode_corpus_isAsTheReferencesReadIt() {
    JsonObject expected =
        JsonParser.parseString(
                new String(TestImages.resource("corpus/expected.json"), StandardCharsets.UTF_8))
            .getAsJsonObject();
    Map<String, String> wrong = new TreeMap<>();
    for (Map.Entry<String, JsonElement> one : expected.entrySet()) {
      JsonObject picture = one.getValue().getAsJsonObject();
      byte[] file = TestImages.resource("corpus/" + one.getKey());
      // Broken beyond the rules, or read in two ways: it only has to end in one of the two.
      Optional<Miniature> read = read(file);
      if (picture.get("expect").getAsString().equals("match")) {
        difference(picture, read).ifPresent(text -> wrong.put(one.getKey(), text));
      }
    }
    assertThat(expected.size()).isGreaterThan(220);
    assertThat(wrong).isEmpty();
  }

  /** The thumbnail, or nothing if the picture is refused by name. */
  private static Optional<Miniature> read(byte[] file) {
    if (!(VALIDATOR.inspect(ImageBytes.of(file)) instanceof Inspection.Accepted accepted)) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          TestImages.decoder()
              .decodeWithin(
                  file, accepted.describe(new ImageHash("0".repeat(64)), file.length), THUMBNAIL));
    } catch (PermanentFailure e) {
      return Optional.empty();
    }
  }

  private static Optional<String> difference(JsonObject expected, Optional<Miniature> read) {
    if (expected.has("refused") || read.isEmpty()) {
      return expected.has("refused") && read.isEmpty()
          ? Optional.empty()
          : Optional.of(read.isEmpty() ? "is refused" : "is read, not refused");
    }
    Miniature picture = read.get();
    int width = expected.get("w").getAsInt();
    int height = expected.get("h").getAsInt();
    double scale = Math.min(1, THUMBNAIL / (double) Math.max(width, height));
    if (Math.abs(picture.width() - Math.max(1, Math.round(width * scale))) > 1
        || Math.abs(picture.height() - Math.max(1, Math.round(height * scale))) > 1) {
      return Optional.of(picture.width() + " × " + picture.height());
    }
    JsonArray grid = expected.getAsJsonArray("grid");
    for (int cell = 0; cell < CELLS * CELLS; cell++) {
      double[] mean = mean(picture, cell % CELLS, cell / CELLS);
      for (int channel = 0; channel < 3; channel++) {
        double reference = grid.get(cell).getAsJsonArray().get(channel).getAsDouble();
        if (Math.abs(reference - mean[channel]) > SLACK) {
          return Optional.of(
              "cell " + cell + " has " + (int) mean[channel] + " for " + (int) reference);
        }
      }
    }
    return Optional.empty();
  }

  private static double[] mean(Miniature picture, int column, int row) {
    int left = column * picture.width() / CELLS;
    int top = row * picture.height() / CELLS;
    int right = Math.max(left + 1, (column + 1) * picture.width() / CELLS);
    int bottom = Math.max(top + 1, (row + 1) * picture.height() / CELLS);
    double[] sum = new double[3];
    for (int y = top; y < bottom; y++) {
      for (int x = left; x < right; x++) {
        int[] pixel = {picture.pixel(x, y)};
        PictureDecoder.overWhite(pixel);
        sum[0] += pixel[0] >> 16 & 0xff;
        sum[1] += pixel[0] >> 8 & 0xff;
        sum[2] += pixel[0] & 0xff;
      }
    }
    int count = (right - left) * (bottom - top);
    return new double[] {sum[0] / count, sum[1] / count, sum[2] / count};
  }
}
