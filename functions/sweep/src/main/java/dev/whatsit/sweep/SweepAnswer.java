package dev.whatsit.sweep;

import com.google.gson.JsonObject;
import dev.whatsit.http.Answer;

/** The response to a sweep: 200 with its counts, for people who read the scheduler's log. */
final class SweepAnswer {
  private SweepAnswer() {}

  static Answer of(SweepResult records, SweepResult callbacks, SweepResult batches) {
    JsonObject json = json(records);
    json.add("callbacks", json(callbacks));
    json.add("batches", json(batches));
    return Answer.json(200, json).with("Cache-Control", "no-store");
  }

  private static JsonObject json(SweepResult swept) {
    JsonObject json = new JsonObject();
    json.addProperty("found", swept.found());
    json.addProperty("republished", swept.republished());
    json.addProperty("failed", swept.failed());
    json.addProperty("more", swept.more());
    return json;
  }
}
