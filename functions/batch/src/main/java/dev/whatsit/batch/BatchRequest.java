package dev.whatsit.batch;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.whatsit.domain.batch.Batch;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.http.ApiRequest;
import dev.whatsit.http.FieldErrors;
import dev.whatsit.http.JsonBody;
import dev.whatsit.http.ProblemException;
import dev.whatsit.outbound.AddressGuard;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The body of {@code POST /v1/batches}, validated strictly: whatever can be checked without a
 * remote call is a field error of the request. What only a fetch or the image records can show
 * becomes the item's own error later.
 *
 * @param items 1 to 1000, with unique names
 * @param callbackUrl URL to notify when the last item is final, or null
 * @param digest SHA-256 of the JSON that was sent, without whitespace between its tokens
 */
record BatchRequest(List<WantedItem> items, @Nullable String callbackUrl, String digest) {
  static final int MAX_BYTES = 4 * 1024 * 1024;
  private static final Set<String> MEDIA_TYPES = Set.of("application/json");
  private static final int MAX_NAME_LENGTH = 128;
  private static final String ITEMS = "items";
  private static final String CALLBACK_URL = "callback_url";

  /**
   * Reads and validates the body.
   *
   * @param reserve reserves memory for so many more bytes of the body, or returns false
   * @throws ProblemException 400, 408, 413, 415, 503, or 422 with every wrong field
   */
  static BatchRequest read(ApiRequest request, AddressGuard guard, IntPredicate reserve) {
    FieldErrors errors = new FieldErrors();
    JsonBody body = JsonBody.read(request, MAX_BYTES, MEDIA_TYPES, errors, reserve);
    List<WantedItem> items = items(body, guard, errors);
    Optional<String> callbackUrl = body.text(CALLBACK_URL);
    if (callbackUrl.isPresent()
        && guard.check(callbackUrl.get()) instanceof AddressGuard.Refused refused) {
      body.reject(CALLBACK_URL, "CALLBACK_URL_" + refused.reason().name(), refused.detail());
    }
    body.rejectUnknown();
    errors.verify();
    byte[] sent = body.toString().getBytes(StandardCharsets.UTF_8);
    return new BatchRequest(
        items,
        callbackUrl.orElse(null),
        ImageHash.ofDigest(ImageHash.newDigest().digest(sent)).hex());
  }

  private static List<WantedItem> items(JsonBody fields, AddressGuard guard, FieldErrors errors) {
    Optional<JsonElement> given = fields.find(ITEMS);
    if (given.isEmpty()) {
      fields.reject(ITEMS, "REQUIRED", "Must be an array of 1 to 1000 items.");
      return List.of();
    }
    if (!(given.get() instanceof JsonArray array)) {
      fields.reject(ITEMS, "WRONG_TYPE", "Must be an array.");
      return List.of();
    }
    if (array.isEmpty() || array.size() > Batch.MAX_ITEMS) {
      fields.reject(ITEMS, "OUT_OF_RANGE", "Has " + array.size() + " items, must have 1 to 1000.");
      return List.of();
    }
    List<WantedItem> items = new ArrayList<>();
    Map<String, Integer> names = new HashMap<>();
    for (int i = 0; i < array.size(); i++) {
      String path = ITEMS + "[" + i + "]";
      if (array.get(i) instanceof JsonObject object) {
        WantedItem item = item(new JsonBody(object, path + ".", errors), i, path, guard, errors);
        Integer before = names.putIfAbsent(item.name(), i);
        if (before != null) {
          errors.add(
              path + ".name",
              "DUPLICATE_NAME",
              "Is the name of "
                  + ITEMS
                  + "["
                  + before
                  + "] too. An item without a name has its"
                  + " place as its name, from 0.");
        }
        items.add(item);
      } else {
        errors.add(path, "WRONG_TYPE", "Must be an object.");
      }
    }
    return items;
  }

  private static WantedItem item(
      JsonBody fields, int index, String path, AddressGuard guard, FieldErrors errors) {
    String name = fields.text("name").orElse(Integer.toString(index));
    if (!isVisible(name) || name.codePointCount(0, name.length()) > MAX_NAME_LENGTH) {
      fields.reject("name", "INVALID_VALUE", "Must be 1 to 128 characters that can be seen.");
    }
    boolean hasUrl = fields.find("source_url").isPresent();
    boolean hasHash = fields.find("image_hash").isPresent();
    if (hasUrl == hasHash) {
      errors.add(
          path,
          hasUrl ? "CONFLICTING" : "REQUIRED",
          "Must have one of source_url and image_hash" + (hasUrl ? ", not both." : "."));
    }
    Optional<String> url = fields.text("source_url");
    if (url.isPresent() && guard.check(url.get()) instanceof AddressGuard.Refused refused) {
      fields.reject("source_url", "SOURCE_" + refused.reason().name(), refused.detail());
    }
    Optional<String> hex = fields.text("image_hash");
    Optional<ImageHash> hash = hex.flatMap(ImageHash::parse);
    if (hex.isPresent() && hash.isEmpty()) {
      fields.reject(
          "image_hash",
          "INVALID_HASH",
          "Must be the SHA-256 of an image's bytes as 64 lower-case hexadecimal digits.");
    }
    fields.rejectUnknown();
    return new WantedItem(name, url.orElse(null), hash.orElse(null));
  }

  /**
   * Whether a name can be told from others by looking at it. Control characters, and format
   * characters, which have no width or change the direction, are refused; only the two joiners,
   * which scripts and emoji need, may stand between characters that can be seen.
   */
  private static boolean isVisible(String name) {
    return name.codePoints().allMatch(c -> isJoiner(c) || !isHidden(c))
        && name.codePoints().anyMatch(c -> !isJoiner(c) && !Character.isSpaceChar(c));
  }

  private static boolean isJoiner(int character) {
    return character == 0x200c || character == 0x200d;
  }

  private static boolean isHidden(int character) {
    return switch (Character.getType(character)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      default -> false;
    };
  }
}
