package dev.whatsit.classifier.onnx;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.settings.Settings;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.InvalidPathException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads the properties of a model that its graph does not contain: from a setting, else from the
 * model's metadata under the setting's name in lower or upper case. Invalid values are rejected
 * through {@link Settings#reject}, which collects them.
 */
final class ModelFacts {
  static final String LABELS = "WHATSIT_LABELS";

  private final Settings settings;
  private final Backend backend;
  private final Map<String, String> metadata;

  ModelFacts(Settings settings, Backend backend, Map<String, String> metadata) {
    this.settings = settings;
    this.backend = backend;
    this.metadata = metadata;
  }

  Optional<String> find(String name) {
    return settings
        .find(name)
        .or(() -> Optional.ofNullable(metadata.get(name.toLowerCase(Locale.ROOT))))
        .or(() -> Optional.ofNullable(metadata.get(name)))
        .map(String::strip)
        .filter(text -> !text.isEmpty());
  }

  /** Whether a property is {@code yes}. Rejects any value but the two; there is no default. */
  boolean required(String name, String yes, String no) {
    Optional<String> value = find(name);
    if (value.isEmpty()) {
      settings.reject(name, "is not set, must be " + yes + " or " + no);
    } else if (!value.get().equals(yes) && !value.get().equals(no)) {
      settings.reject(name, "is " + value.get() + ", must be " + yes + " or " + no);
    }
    return value.isPresent() && value.get().equals(yes);
  }

  /** Three numbers from 0 to 1, without 0 unless it is allowed. Rejects anything else. */
  double[] requiredTriple(String name, boolean zeroAllowed) {
    String rule =
        "must be three numbers from 0 "
            + (zeroAllowed ? "" : "(itself not allowed) ")
            + "to 1 with commas between them, for values from 0 to 1 of red, green, blue";
    Optional<String> value = find(name);
    double[] triple = {1, 1, 1};
    if (value.isEmpty()) {
      settings.reject(name, "is not set, " + rule);
      return triple;
    }
    String[] parts = value.get().replaceAll("[\\[\\]]", "").split(",", -1);
    boolean good = parts.length == 3;
    for (int i = 0; good && i < 3; i++) {
      try {
        triple[i] = new BigDecimal(parts[i].strip()).doubleValue();
        good = triple[i] <= 1 && (zeroAllowed ? triple[i] >= 0 : triple[i] > 0);
      } catch (NumberFormatException e) {
        good = false;
      }
    }
    if (!good) {
      settings.reject(name, "is " + value.get() + ", " + rule);
    }
    return triple;
  }

  /** The labels; null if they are missing or cannot be read, which is rejected. */
  @Nullable List<String> labels() {
    Optional<String> file = settings.find(LABELS);
    List<String> labels;
    if (file.isPresent()) {
      try (InputStream in = new ModelLocation(file.get()).open(backend, settings)) {
        labels = new ArrayList<>(lines(in.readAllBytes()));
      } catch (CharacterCodingException e) {
        settings.reject(LABELS, "is " + file.get() + ", which is not text in UTF-8");
        return null;
      } catch (IOException | InvalidPathException e) {
        settings.reject(LABELS, "is " + file.get() + ", which cannot be read: " + e.getMessage());
        return null;
      }
      while (!labels.isEmpty() && labels.get(labels.size() - 1).isBlank()) {
        labels.remove(labels.size() - 1);
      }
    } else {
      String json = metadata.get("labels");
      if (json == null) {
        settings.reject(
            LABELS,
            "is not set, must be the path of a file with one label a line, because the model's"
                + " metadata has no labels");
        return null;
      }
      Optional<List<String>> parsed = texts(json);
      if (parsed.isEmpty()) {
        settings.reject(LABELS, "is not set, and the model's own labels are not a list");
        return null;
      }
      labels = parsed.get();
    }
    labels.replaceAll(String::strip);
    if (labels.contains("")) {
      settings.reject(LABELS, "has an empty label, number " + (labels.indexOf("") + 1));
      return null;
    }
    return labels;
  }

  private static List<String> lines(byte[] text) throws CharacterCodingException {
    // Unlike new String(), this throws on bytes that are not valid UTF-8.
    return UTF_8.newDecoder().decode(ByteBuffer.wrap(text)).toString().lines().toList();
  }

  private static Optional<List<String>> texts(String json) {
    try {
      JsonArray array = JsonParser.parseString(json).getAsJsonArray();
      List<String> texts = new ArrayList<>();
      for (JsonElement element : array) {
        texts.add(element.getAsString());
      }
      return Optional.of(texts);
    } catch (JsonParseException | IllegalStateException | UnsupportedOperationException e) {
      return Optional.empty();
    }
  }

  /** The metadata's description of the input; empty if it is missing or cannot be parsed. */
  Optional<JsonObject> input() {
    String json = metadata.get("input");
    try {
      return json == null
          ? Optional.empty()
          : Optional.of(JsonParser.parseString(json).getAsJsonObject());
    } catch (JsonParseException | IllegalStateException e) {
      return Optional.empty();
    }
  }
}
