package dev.whatsit.faults;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A batch as its client knows it: what it has, under which name it was accepted, and what was last
 * seen of it. Safe for use by several threads.
 */
final class SentBatch {
  private final String key;
  private final String json;
  private final Outside outside;
  private final List<Picture> fetched;
  private final List<Picture> known;
  private @Nullable String id;
  private @Nullable JsonObject complete;

  /** With pictures to be fetched and others that were sent. */
  SentBatch(int number, Outside outside, List<Picture> fetched, List<Picture> known) {
    this.key = "batch-" + number;
    this.outside = outside;
    this.fetched = List.copyOf(fetched);
    this.known = List.copyOf(known);
    JsonArray items = new JsonArray();
    fetched.forEach(picture -> items.add(item("source_url", outside.offer(picture))));
    known.forEach(picture -> items.add(item("image_hash", picture.hash())));
    JsonObject body = new JsonObject();
    body.add("items", items);
    body.addProperty("callback_url", outside.hook(key));
    this.json = body.toString();
  }

  private static JsonObject item(String member, String value) {
    JsonObject item = new JsonObject();
    item.addProperty(member, value);
    return item;
  }

  /** Under which it is sent, however often. */
  String key() {
    return key;
  }

  String json() {
    return json;
  }

  synchronized boolean isAccepted() {
    return id != null;
  }

  /** The name that it has on the other side, if any. */
  synchronized String id() {
    return String.valueOf(id);
  }

  /** It was accepted; says what is wrong with that. */
  synchronized Optional<String> accepted(String name) {
    if (id != null && !id.equals(name)) {
      return Optional.of(key + " was accepted as " + id + " and as " + name);
    }
    id = name;
    return Optional.empty();
  }

  /** It was seen; says what is wrong with that. */
  synchronized Optional<String> seen(JsonObject resource) {
    JsonObject before = complete;
    if (resource.get("completed_at").isJsonNull()) {
      return before == null ? Optional.empty() : Optional.of(key + " is open again: " + resource);
    }
    complete = resource;
    return before == null || before.equals(resource)
        ? Optional.empty()
        : Optional.of(key + " was " + before + " and is " + resource);
  }

  synchronized boolean isComplete() {
    return complete != null;
  }

  /** What its receiver was told. */
  List<Outside.Told> told() {
    return outside.told(key);
  }

  /** What is wrong with its end, which has come. */
  synchronized List<String> wrongs() {
    List<String> wrongs = new ArrayList<>();
    Set<String> ids = new TreeSet<>();
    Set<String> bodies = new TreeSet<>();
    for (Outside.Told told : told()) {
      ids.add(told.id());
      bodies.add(told.body());
      JsonObject body = JsonParser.parseString(told.body()).getAsJsonObject();
      if (complete == null || !complete.get("counts").equals(body.get("counts"))) {
        wrongs.add(key + " was told " + body + " and is " + complete);
      }
    }
    if (ids.size() != 1 || bodies.size() != 1) {
      wrongs.add(key + " was told under the ids " + ids + ": " + bodies);
    }
    if (complete != null) {
      check(complete.getAsJsonArray("items"), wrongs);
    }
    return wrongs;
  }

  private void check(JsonArray items, List<String> wrongs) {
    for (int i = 0; i < items.size(); i++) {
      JsonObject item = items.get(i).getAsJsonObject();
      Picture picture = i < fetched.size() ? fetched.get(i) : known.get(i - fetched.size());
      JsonElement hash = item.get("image_hash");
      boolean isSuccess = item.get("status").getAsString().equals("success");
      if (isSuccess
          && !item.getAsJsonArray("annotations")
              .toString()
              .contains(FakeVision.labelOf(picture.hash()))) {
        wrongs.add(key + " has another picture's result: " + item);
      }
      if (hash.isJsonNull() ? isSuccess : !hash.getAsString().equals(picture.hash())) {
        wrongs.add(key + " has another picture: " + item);
      }
    }
  }
}
