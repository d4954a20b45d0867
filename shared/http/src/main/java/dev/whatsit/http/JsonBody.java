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
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;

/**
 * A request's body as one JSON object, or an object in it. It is parsed as strictly as I-JSON
 * requires (RFC 7493): UTF-8, and no name twice, because two parsers could read such a body
 * differently. Members are then read by name and type; one that is null counts as missing. Errors
 * of single members are noted, so that one response names all of them. Not thread-safe.
 */
public final class JsonBody {
  private static final int MAX_DEPTH = 8;

  /** Longer numbers are costly to parse. */
  private static final int MAX_NUMBER_LENGTH = 32;

  /** Every error inside a member repeats its name. */
  private static final int MAX_NAME_LENGTH = 100;

  /**
   * A value takes many times the size of its text in memory. The limit allows ten values for every
   * item of the largest batch.
   */
  private static final int MAX_VALUES = 10_000;

  private static final String BODY = "body";

  private final JsonObject object;
  private final String prefix;
  private final FieldErrors errors;
  private final Set<String> known = new HashSet<>();

  /**
   * Reads an object that was parsed.
   *
   * @param prefix what precedes the members' names in errors, {@code ""} at the top level
   * @param errors receives the errors
   */
  public JsonBody(JsonObject object, String prefix, FieldErrors errors) {
    this.object = object;
    this.prefix = prefix;
    this.errors = errors;
  }

  /**
   * Reads the body of a request.
   *
   * @param maxBytes larger bodies are refused
   * @param mediaTypes the accepted media types, in lower case
   * @param errors receives the errors of single members, which then have the invalid value or a
   *     placeholder; the caller verifies it after reading the members
   * @throws ProblemException 400 (also when the body does not match {@code Content-Digest}), 413,
   *     415 or 422, saying why
   */
  public static JsonBody read(
      ApiRequest request, int maxBytes, Set<String> mediaTypes, FieldErrors errors) {
    return read(request, maxBytes, mediaTypes, errors, bytes -> true);
  }

  /**
   * As {@link #read(ApiRequest, int, Set, FieldErrors)}, within a memory budget.
   *
   * @param reserve reserves memory for so many more bytes of the body, or returns false
   * @throws ProblemException 503 too, if memory cannot be reserved
   */
  public static JsonBody read(
      ApiRequest request,
      int maxBytes,
      Set<String> mediaTypes,
      FieldErrors errors,
      IntPredicate reserve) {
    request.requireUnencodedBody();
    requireType(request, mediaTypes);
    String text = text(bytes(request, maxBytes, reserve), errors);
    try (JsonReader reader = new JsonReader(new StringReader(text))) {
      reader.setStrictness(Strictness.STRICT);
      JsonElement element = new Parser(reader, errors).value("", 0);
      if (reader.peek() != JsonToken.END_DOCUMENT) {
        throw malformed();
      }
      if (element instanceof JsonObject object) {
        return new JsonBody(object, "", errors);
      }
      errors.add(BODY, "WRONG_TYPE", "Must be a JSON object.");
      throw errors.exception();
    } catch (MalformedJsonException | EOFException | IllegalStateException e) {
      throw malformed();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A string; empty when it is missing, or not a string, which is noted as an error. */
  public Optional<String> text(String name) {
    Optional<JsonElement> value = find(name);
    if (value.isPresent()
        && !(value.get() instanceof JsonPrimitive primitive && primitive.isString())) {
      reject(name, "WRONG_TYPE", "Must be a string.");
      return Optional.empty();
    }
    return value.map(JsonElement::getAsString);
  }

  /** A member of any type; empty when it is missing. */
  public Optional<JsonElement> find(String name) {
    known.add(name);
    return Optional.ofNullable(object.get(name)).filter(value -> !value.isJsonNull());
  }

  /** Notes an error of a member. */
  public void reject(String name, String code, String detail) {
    errors.add(prefix + name, code, detail);
  }

  /** Notes an error for every member that was not read. */
  public void rejectUnknown() {
    for (String name : object.keySet()) {
      if (!known.contains(name)) {
        reject(name, "UNKNOWN_MEMBER", "Is not known here. Leave it out.");
      }
    }
  }

  /** The JSON without whitespace between its tokens. */
  @Override
  public String toString() {
    return object.toString();
  }

  private static void requireType(ApiRequest request, Set<String> mediaTypes) {
    if (!mediaTypes.contains(request.mediaType())) {
      String accepted = mediaTypes.stream().sorted().collect(Collectors.joining(", "));
      throw new ProblemException(
          Problem.of(
                  415,
                  "UNSUPPORTED_MEDIA_TYPE",
                  "The body is of another media type",
                  "Send " + accepted + " with this name as Content-Type.")
              // RFC 5789 section 3.1 and RFC 9110 section 15.5.16.
              .withHeader(request.method().equals("PATCH") ? "Accept-Patch" : "Accept", accepted));
    }
  }

  private static byte[] bytes(ApiRequest request, int maxBytes, IntPredicate reserve) {
    boolean isTooLarge = request.contentLength().orElse(0) > maxBytes;
    byte[] bytes = isTooLarge ? new byte[0] : request.readBody(maxBytes, reserve);
    if (isTooLarge || bytes.length > maxBytes) {
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
    Optional<String> digest = request.joinedHeader("Content-Digest");
    if (digest.isPresent()) {
      // RFC 9530 section 2: the digest is of the content as it was sent, which here is the JSON.
      ImageHash received = ImageHash.ofDigest(ImageHash.newDigest().digest(bytes));
      ContentDigest.check(digest.get(), received);
    }
    return bytes;
  }

  private static String text(byte[] bytes, FieldErrors errors) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      errors.add(BODY, "INVALID_UTF8", "Must be text in UTF-8 (RFC 8259 section 8.1).");
      throw errors.exception();
    }
  }

  private static ProblemException malformed() {
    return new ProblemException(
        Problem.of(
            400,
            "MALFORMED_JSON",
            "The body is not JSON",
            "Send one JSON object as RFC 8259 writes it."));
  }

  /** Parses one value. Errors after which the rest need not be read end it at once. */
  private static final class Parser {
    private final JsonReader reader;
    private final FieldErrors errors;
    private int values;

    Parser(JsonReader reader, FieldErrors errors) {
      this.reader = reader;
      this.errors = errors;
    }

    JsonElement value(String path, int depth) throws IOException {
      JsonToken token = reader.peek();
      values++;
      if (values > MAX_VALUES) {
        throw stop(
            BODY, "TOO_MANY_VALUES", "Has more than " + MAX_VALUES + " values, names not counted.");
      }
      if (depth >= MAX_DEPTH
          && (token == JsonToken.BEGIN_OBJECT || token == JsonToken.BEGIN_ARRAY)) {
        throw stop(path, "TOO_DEEP", "Is nested more than " + MAX_DEPTH + " levels deep.");
      }
      return switch (token) {
        case BEGIN_OBJECT -> object(path, depth);
        case BEGIN_ARRAY -> array(path, depth);
        case STRING -> string(reader.nextString(), path);
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
          throw stop(
              BODY, "NAME_TOO_LONG", "Has a name of more than " + MAX_NAME_LENGTH + " characters.");
        }
        if (!isText(name)) {
          throw stop(BODY, "LONE_SURROGATE", "Has a name with half of a surrogate pair.");
        }
        String member = path.isEmpty() ? name : path + "." + name;
        JsonElement value = value(member, depth + 1);
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
        array.add(value(path + "[" + array.size() + "]", depth + 1));
      }
      reader.endArray();
      return array;
    }

    private JsonElement string(String text, String path) {
      if (!isText(text)) {
        errors.add(path, "LONE_SURROGATE", "Has half of a surrogate pair, which is no character.");
      }
      return new JsonPrimitive(text);
    }

    /** RFC 7493 section 2.1: a lone surrogate is not a character, and different ones look alike. */
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

    private ProblemException stop(String path, String code, String detail) {
      errors.add(path, code, detail);
      return errors.exception();
    }
  }
}
