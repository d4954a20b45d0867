package dev.whatsit.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import dev.whatsit.domain.image.ImageHash;
import java.io.EOFException;
import java.io.IOException;
import java.io.StringReader;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;

/**
 * Reads a request's body as one JSON object, as strictly as I-JSON requires (RFC 7493): UTF-8, and
 * no name twice. A body that two parsers could read differently is refused.
 */
public final class JsonBody {
  /** No request of this API is nested more deeply. */
  private static final int DEEPEST = 8;

  /** No number in a request of this API is longer, and longer ones are costly to parse. */
  private static final int MAX_NUMBER_LENGTH = 32;

  /**
   * Far longer than any known name. Bounded because every error inside the member repeats the name.
   */
  private static final int MAX_NAME_LENGTH = 100;

  private static final String WHOLE = "body";

  /**
   * A value takes many times the size of its text in memory. The limit allows ten values for every
   * item of the largest batch.
   */
  private static final int MAX_VALUES = 10_000;

  private final JsonReader reader;
  private final FieldErrors errors;
  private int values;

  private JsonBody(JsonReader reader, FieldErrors errors) {
    this.reader = reader;
    this.errors = errors;
  }

  /**
   * Reads the body.
   *
   * @param maxBytes larger bodies are refused
   * @param mediaTypes the accepted media types, in lower case
   * @param errors receives the errors of single members. The returned object then has the invalid
   *     value or a placeholder for such a member; the caller verifies it after reading the fields
   * @throws ProblemException 400 (also when the body does not match {@code Content-Digest}), 413,
   *     415 or 422, saying why
   */
  public static JsonObject read(
      Exchange exchange, int maxBytes, Set<String> mediaTypes, FieldErrors errors) {
    ContentEncoding.requireIdentity(exchange);
    requireType(exchange, mediaTypes);
    byte[] bytes = bytes(exchange, maxBytes);
    String text = text(bytes);
    JsonElement element;
    try (JsonReader reader = new JsonReader(new StringReader(text))) {
      reader.setStrictness(Strictness.STRICT);
      element = new JsonBody(reader, errors).element("", 0);
      if (reader.peek() != JsonToken.END_DOCUMENT) {
        throw malformed();
      }
    } catch (MalformedJsonException | EOFException | IllegalStateException e) {
      throw malformed();
    } catch (IOException e) {
      throw new IllegalStateException("a text in memory cannot fail to be read", e);
    }
    if (!element.isJsonObject()) {
      errors.add(WHOLE, "WRONG_TYPE", "Must be a JSON object.");
      errors.verify();
    }
    return element.getAsJsonObject();
  }

  private static void requireType(Exchange exchange, Set<String> mediaTypes) {
    if (!mediaTypes.contains(exchange.mediaType())) {
      String taken = String.join(", ", mediaTypes);
      throw new ProblemException(
          Problem.of(
                  415,
                  "UNSUPPORTED_MEDIA_TYPE",
                  "The body is of another media type",
                  "Send " + taken + " with this name as Content-Type.")
              // RFC 5789 section 3.1 and RFC 9110 section 15.5.16.
              .withHeader(exchange.method().equals("PATCH") ? "Accept-Patch" : "Accept", taken));
    }
  }

  private static byte[] bytes(Exchange exchange, int maxBytes) {
    byte[] bytes;
    try {
      bytes =
          exchange.contentLength().orElse(0) > maxBytes
              ? new byte[maxBytes + 1]
              : exchange.body().readNBytes(maxBytes + 1);
    } catch (IOException e) {
      throw new ProblemException(Problems.incompleteBody());
    }
    if (bytes.length > maxBytes) {
      throw new ProblemException(
          Problem.of(
                  413,
                  "BODY_TOO_LARGE",
                  "The body is too large",
                  "At most " + maxBytes + " bytes are taken here.")
              .with("max_bytes", maxBytes));
    }
    if (bytes.length == 0) {
      throw new ProblemException(
          Problem.of(400, "EMPTY_BODY", "The body is empty", "Send a JSON object as the body."));
    }
    Optional<String> promised = exchange.joinedHeader("Content-Digest");
    if (promised.isPresent()) {
      // RFC 9530 section 2: the digest is of the content as it was sent, which here is the JSON.
      ImageHash digest = ImageHash.ofDigest(ImageHash.newDigest().digest(bytes));
      ContentDigest.check(promised.get(), digest);
    }
    return bytes;
  }

  private static String text(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      FieldErrors errors = new FieldErrors();
      errors.add(WHOLE, "INVALID_UTF8", "Must be text in UTF-8 (RFC 8259 section 8.1).");
      errors.verify();
      throw new IllegalStateException("an error was noted", e);
    }
  }

  private JsonElement element(String path, int depth) throws IOException {
    JsonToken token = reader.peek();
    values++;
    if (values > MAX_VALUES) {
      errors.add(
          WHOLE, "TOO_MANY_VALUES", "Has more than " + MAX_VALUES + " values, names not counted.");
      // Throws now, because the rest of the body need not be read.
      errors.verify();
    }
    if (depth >= DEEPEST && (token == JsonToken.BEGIN_OBJECT || token == JsonToken.BEGIN_ARRAY)) {
      errors.add(path, "TOO_DEEP", "Is nested more deeply than anything that is taken here.");
      // Throws now, because the rest of the body need not be read.
      errors.verify();
    }
    return switch (token) {
      case BEGIN_OBJECT -> object(path, depth);
      case BEGIN_ARRAY -> array(path, depth);
      case STRING -> text(reader.nextString(), path);
      case NUMBER -> number(reader.nextString(), path);
      case BOOLEAN -> new JsonPrimitive(reader.nextBoolean());
      case NULL -> {
        reader.nextNull();
        yield JsonNull.INSTANCE;
      }
      default -> throw malformed();
    };
  }

  private JsonObject object(String path, int depth) throws IOException {
    JsonObject object = new JsonObject();
    reader.beginObject();
    while (reader.hasNext()) {
      String name = reader.nextName();
      if (name.length() > MAX_NAME_LENGTH) {
        errors.add(
            WHOLE, "NAME_TOO_LONG", "Has a name of more than " + MAX_NAME_LENGTH + " characters.");
        // Throws now, because the name would prefix the errors of everything inside the member.
        errors.verify();
      }
      if (!isText(name)) {
        errors.add(WHOLE, "LONE_SURROGATE", "Has a name with half of a surrogate pair.");
        errors.verify();
      }
      String member = path.isEmpty() ? name : path + "." + name;
      JsonElement value = element(member, depth + 1);
      if (object.has(name)) {
        errors.add(member, "GIVEN_TWICE", "Give it once.");
      }
      object.add(name, value);
    }
    reader.endObject();
    return object;
  }

  private JsonArray array(String path, int depth) throws IOException {
    JsonArray array = new JsonArray();
    reader.beginArray();
    while (reader.hasNext()) {
      array.add(element(path + "[" + array.size() + "]", depth + 1));
    }
    reader.endArray();
    return array;
  }

  /** RFC 7493 section 2.1: a lone surrogate is not a character, and different ones look alike. */
  private JsonElement text(String text, String path) {
    if (!isText(text)) {
      errors.add(path, "LONE_SURROGATE", "Has half of a surrogate pair, which is no character.");
    }
    return new JsonPrimitive(text);
  }

  private static boolean isText(String text) {
    return StandardCharsets.UTF_8.newEncoder().canEncode(text);
  }

  private JsonElement number(String digits, String path) {
    if (digits.length() <= MAX_NUMBER_LENGTH) {
      try {
        BigDecimal number = new BigDecimal(digits);
        if (Math.abs((long) number.scale()) <= MAX_NUMBER_LENGTH) {
          return new JsonPrimitive(number);
        }
      } catch (NumberFormatException e) {
        // The exponent is out of BigDecimal's range.
      }
    }
    errors.add(path, "OUT_OF_RANGE", "Is larger or finer than any number that is taken here.");
    // A placeholder, so that the member is not also reported as missing.
    return new JsonPrimitive(0);
  }

  private static ProblemException malformed() {
    return new ProblemException(
        Problem.of(
            400,
            "MALFORMED_JSON",
            "The body is not JSON",
            "Send one JSON object as RFC 8259 writes it."));
  }
}
