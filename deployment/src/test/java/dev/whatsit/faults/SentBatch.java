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
 * A batch as its client knows it: its pictures, the id under which it was accepted, and its last
 * known state. Thread-safe.
 */
final class SentBatch {
  private final String key;
  private final String json;
  private final ExternalServers external;
  private final List<Picture> fetched;
  private final List<Picture> known;
  private @Nullable String id;
  private @Nullable JsonObject complete;

  /** Creates a batch of pictures to be fetched and of pictures that were sent before. */
  SentBatch(int number, ExternalServers external, List<Picture> fetched, List<Picture> known) {
    this.key = "batch-" + number;
    this.external = external;
    this.fetched = List.copyOf(fetched);
    this.known = List.copyOf(known);
    JsonArray items = new JsonArray();
    fetched.forEach(picture -> items.add(item("source_url", external.offer(picture))));
    known.forEach(picture -> items.add(item("image_hash", picture.hash())));
    JsonObject body = new JsonObject();
    body.add("items", items);
    body.addProperty("callback_url", external.hook(key));
    this.json = body.toString();
  }

  private static JsonObject item(String member, String value) {
    JsonObject item = new JsonObject();
    item.addProperty(member, value);
    return item;
  }

  /** Its idempotency key. */
  String key() {
    return key;
  }

  String json() {
    return json;
  }

  synchronized boolean isAccepted() {
    return id != null;
  }

  /** The id that it was accepted under. */
  synchronized String id() {
    return String.valueOf(id);
  }

  /** Records that it was accepted; returns the violation, if any. */
  synchronized Optional<String> accepted(String name) {
    if (id != null && !id.equals(name)) {
      return Optional.of(key + " was accepted as " + id + " and as " + name);
    }
    id = name;
    return Optional.empty();
  }

  /** Records its state; returns the violation, if any. */
  synchronized Optional<String> seen(JsonObject resource) {
    JsonObject before = complete;
    boolean isOpen = resource.get("completed_at").isJsonNull();
    // Time moves forward in the test, so the batch's instants change.
    resource.remove("created_at");
    resource.remove("completed_at");
    if (isOpen) {
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

  /** The notifications that its receiver got. */
  List<ExternalServers.Notification> notifications() {
    return external.notifications(key);
  }

  /** The violations of its final state. */
  synchronized List<String> violations() {
    List<String> violations = new ArrayList<>();
    Set<String> ids = new TreeSet<>();
    Set<String> bodies = new TreeSet<>();
    for (ExternalServers.Notification notification : notifications()) {
      ids.add(notification.id());
      bodies.add(notification.body());
      JsonObject body = JsonParser.parseString(notification.body()).getAsJsonObject();
      if (complete == null || !complete.get("counts").equals(body.get("counts"))) {
        violations.add(key + " was sent " + body + " and is " + complete);
      }
    }
    if (ids.size() != 1 || bodies.size() != 1) {
      violations.add(key + " was sent under the ids " + ids + ": " + bodies);
    }
    if (complete != null) {
      check(complete.getAsJsonArray("items"), violations);
    }
    return violations;
  }

  private void check(JsonArray items, List<String> violations) {
    for (int i = 0; i < items.size(); i++) {
      JsonObject item = items.get(i).getAsJsonObject();
      Picture picture = i < fetched.size() ? fetched.get(i) : known.get(i - fetched.size());
      JsonElement hash = item.get("image_hash");
      boolean isSuccess = item.get("status").getAsString().equals("success");
      if (isSuccess
          && !item.getAsJsonArray("annotations")
              .toString()
              .contains(VisionVerdicts.labelOf(picture.hash()))) {
        violations.add(key + " has another picture's result: " + item);
      }
      if (hash.isJsonNull() ? isSuccess : !hash.getAsString().equals(picture.hash())) {
        violations.add(key + " has another picture: " + item);
      }
    }
  }
}
