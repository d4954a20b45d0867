package dev.whatsit.domain.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.domain.image.Inspection.Accepted;
import dev.whatsit.domain.image.Inspection.Refused;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Properties over seeded cases. A failure tells the seed and the case; {@code -Dwhatsit.seed=N}
 * tries others.
 */
class ImageValidatorPropertyTest {
  private static final long SEED = Long.getLong("whatsit.seed", 20_261_121);

  private static final List<ImageValidator> VALIDATORS =
      List.of(
          new ImageValidator(ImageLimits.DEFAULT),
          new ImageValidator(new ImageLimits(ImageLimits.DEFAULT_BYTES, 1000)),
          new ImageValidator(new ImageLimits(ImageLimits.DEFAULT_BYTES, Long.MAX_VALUE)));
  private static final List<Long> LIMITS =
      List.of(ImageLimits.DEFAULT_PIXELS, 1000L, Long.MAX_VALUE);

  private static final List<byte[]> SIGNATURES =
      List.of(
          Samples.hex("ffd8ff"),
          Samples.hex("ffd8ffe00010"),
          Samples.hex("ffd8ffc00011 08"),
          Samples.hex("89504e470d0a1a0a"),
          Samples.hex("89504e470d0a1a0a0000000d49484452"),
          Samples.latin1("GIF87a"),
          Samples.latin1("GIF89a"),
          Samples.hex("52494646 40000000 57454250 56503820"),
          Samples.hex("52494646 40000000 57454250 5650384c"),
          Samples.hex("52494646 40000000 57454250 56503858 0a000000"),
          Samples.latin1("BM"),
          Samples.hex("424d 40000000 00000000 36000000 28000000"),
          Samples.latin1("<?xml"),
          Samples.latin1("\0\0\0\u0018ftyp"),
          new byte[0]);

  @Test
  void inspect_mutatedFiles_answersSafely() {
    List<byte[]> samples = Samples.all();
    forCases(30_000, random -> mutated(samples, random));
  }

  @Test
  void inspect_randomBytesBehindEachSignature_answersSafely() {
    forCases(
        20_000,
        random -> {
          byte[] noise = new byte[random.nextInt(200)];
          random.nextBytes(noise);
          return Samples.join(SIGNATURES.get(random.nextInt(SIGNATURES.size())), noise);
        });
  }

  @Test
  void inspect_headersWithAnyClaim_answersSafely() {
    forCases(
        20_000,
        random -> {
          int width = anyInt(random);
          int height = anyInt(random);
          return switch (random.nextInt(7)) {
            case 0 -> Samples.jpeg(width, height);
            case 1 -> Samples.png(width, height);
            case 2 -> Samples.gif(width, height, anyInt(random), anyInt(random));
            case 3 -> Samples.webp(Samples.vp8(width, height));
            case 4 ->
                Samples.webp(
                    Samples.vp8x(width, height), Samples.vp8l(anyInt(random), anyInt(random)));
            case 5 ->
                Samples.webp(
                    Samples.vp8x(width, height),
                    Samples.anmf(anyInt(random), anyInt(random), Samples.vp8(width, height)));
            default -> Samples.bmp(width, height);
          };
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"jpg", "png", "gif", "bmp"})
  void inspect_filesOfAnySize_haveTheWritersDimensions(String format) {
    Random random = new Random(SEED);
    for (int i = 0; i < 100; i++) {
      int width = 1 + random.nextInt(120);
      int height = 1 + random.nextInt(120);

      assertThat(Verdicts.inspect(Samples.written(format, width, height)))
          .as("seed %d, case %d", SEED, i)
          .isInstanceOfSatisfying(
              Accepted.class,
              accepted -> {
                assertThat(accepted.width()).isEqualTo(width);
                assertThat(accepted.height()).isEqualTo(height);
              });
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"jpg", "png", "bmp"})
  void inspect_whatTheJdkOpensToo_hasTheSameDimensions(String format) throws IOException {
    Random random = new Random(SEED);
    List<byte[]> files =
        List.of(
            Samples.written(format, 33, 21),
            Samples.written(format, 200, 100),
            Samples.written(format, 1, 77));
    int compared = 0;
    for (int i = 0; i < 3_000; i++) {
      byte[] bytes = mutated(files, random);
      if (VALIDATORS.get(0).inspect(ImageBytes.of(bytes)) instanceof Accepted accepted
          && comparable(accepted.format())) {
        int[] opened = openedByTheJdk(accepted.format(), bytes);
        if (opened.length == 2) {
          compared++;
          assertThat(new int[] {accepted.width(), accepted.height()})
              .as(() -> "seed " + SEED + ", bytes " + HexFormat.of().formatHex(bytes))
              .isEqualTo(opened);
        }
      }
    }
    assertThat(compared).isGreaterThan(500);
  }

  private static boolean comparable(ImageFormat format) {
    return format != ImageFormat.GIF && format != ImageFormat.WEBP;
  }

  /** Width and height of the first frame, or nothing when the reader refuses the file. */
  private static int[] openedByTheJdk(ImageFormat format, byte[] bytes) throws IOException {
    ImageReader reader = ImageIO.getImageReadersByMIMEType(format.mediaType()).next();
    try (ImageInputStream input =
        new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
      reader.setInput(input, true, true);
      return new int[] {reader.getWidth(0), reader.getHeight(0)};
    } catch (IOException | RuntimeException e) {
      return new int[0];
    } finally {
      reader.dispose();
    }
  }

  private static void forCases(int cases, Function<Random, byte[]> generator) {
    Random random = new Random(SEED);
    for (int i = 0; i < cases; i++) {
      byte[] bytes = generator.apply(random);
      int limit = random.nextInt(VALIDATORS.size());
      try {
        assertSafe(bytes, limit, 1 + random.nextInt(64));
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError(
            "seed " + SEED + ", case " + i + ", bytes " + HexFormat.of().formatHex(bytes), e);
      }
    }
  }

  static void assertSafe(byte[] bytes, int limit, int segment) {
    ImageValidator validator = VALIDATORS.get(limit);
    Inspection inspection = validator.inspect(ImageBytes.of(bytes));
    if (!validator.inspect(ImageValidatorTest.segmented(bytes, segment)).equals(inspection)) {
      throw new AssertionError("another answer for the same bytes in segments of " + segment);
    }
    if (inspection instanceof Accepted accepted) {
      if (accepted.width() < 1
          || accepted.height() < 1
          || (long) accepted.width() * accepted.height() > LIMITS.get(limit)) {
        throw new AssertionError("accepted beyond the limit: " + accepted);
      }
    } else {
      String detail = ((Refused) inspection).detail();
      if (!detail.endsWith(".") || detail.length() > 200 || detail.chars().anyMatch(c -> c < ' ')) {
        throw new AssertionError("not one sentence: " + detail);
      }
    }
  }

  private static byte[] mutated(List<byte[]> samples, Random random) {
    byte[] bytes = samples.get(random.nextInt(samples.size())).clone();
    for (int mutations = random.nextInt(5); mutations > 0 && bytes.length > 8; mutations--) {
      // Most of a file is data, where nothing is to be learned: aim at the header.
      int at = random.nextInt(random.nextInt(4) == 0 ? bytes.length : Math.min(64, bytes.length));
      switch (random.nextInt(8)) {
        case 0, 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> bytes[at] = (byte) random.nextInt(256);
        case 3 -> bytes[at] = (byte) (random.nextBoolean() ? 0 : 0xff);
        case 4 -> bytes = Arrays.copyOf(bytes, at);
        case 5 -> bytes = lying(bytes, at, random);
        case 6 -> bytes = repeated(bytes, at, random);
        default -> bytes = spliced(bytes, at, samples.get(random.nextInt(samples.size())), random);
      }
    }
    return bytes;
  }

  /** A length or side of any value, two or four bytes of it. */
  private static byte[] lying(byte[] bytes, int at, Random random) {
    int value = anyInt(random);
    boolean big = random.nextBoolean();
    int width = random.nextBoolean() ? 2 : 4;
    for (int i = 0; i < width && at + i < bytes.length; i++) {
      bytes[at + i] = (byte) (value >>> (8 * (big ? width - 1 - i : i)));
    }
    return bytes;
  }

  /** A range of up to 16 bytes, up to 40 times over. */
  private static byte[] repeated(byte[] bytes, int at, Random random) {
    byte[] range =
        Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + 1 + random.nextInt(16)));
    byte[][] parts = new byte[3 + random.nextInt(40)][];
    Arrays.fill(parts, range);
    parts[0] = Arrays.copyOf(bytes, at);
    parts[parts.length - 1] = Arrays.copyOfRange(bytes, at, bytes.length);
    return Samples.join(parts);
  }

  private static byte[] spliced(byte[] bytes, int at, byte[] other, Random random) {
    return Samples.join(
        Arrays.copyOf(bytes, at),
        Arrays.copyOfRange(other, random.nextInt(other.length), other.length));
  }

  private static int anyInt(Random random) {
    return switch (random.nextInt(6)) {
      case 0 -> random.nextInt(5);
      case 1 -> random.nextInt();
      case 2 -> 1 << random.nextInt(32);
      case 3 -> (1 << random.nextInt(32)) - 1;
      case 4 -> Integer.MAX_VALUE - random.nextInt(3);
      default -> random.nextInt(20_000);
    };
  }
}
