package dev.whatsit.storage.fake;

import com.google.gson.JsonObject;

/**
 * An object's metadata.
 *
 * @param contentType of the bytes
 * @param cacheControl as set by the uploader, or empty
 * @param crc32c the checksum as base64, most significant byte first
 */
record StoredObject(
    String bucket,
    String name,
    long generation,
    String contentType,
    String cacheControl,
    long size,
    String crc32c) {

  /** The format of the JSON API, where 64-bit numbers are texts. */
  JsonObject toJson() {
    JsonObject json = new JsonObject();
    json.addProperty("kind", "storage#object");
    json.addProperty("bucket", bucket);
    json.addProperty("name", name);
    json.addProperty("generation", Long.toString(generation));
    json.addProperty("metageneration", "1");
    json.addProperty("contentType", contentType);
    if (!cacheControl.isEmpty()) {
      json.addProperty("cacheControl", cacheControl);
    }
    json.addProperty("size", Long.toString(size));
    json.addProperty("crc32c", crc32c);
    return json;
  }

  static StoredObject ofJson(JsonObject json) {
    return new StoredObject(
        json.get("bucket").getAsString(),
        json.get("name").getAsString(),
        json.get("generation").getAsLong(),
        json.get("contentType").getAsString(),
        json.has("cacheControl") ? json.get("cacheControl").getAsString() : "",
        json.get("size").getAsLong(),
        json.get("crc32c").getAsString());
  }
}
