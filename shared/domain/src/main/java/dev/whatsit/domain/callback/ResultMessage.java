package dev.whatsit.domain.callback;

import dev.whatsit.domain.queue.TraceParent;
import dev.whatsit.domain.queue.UnreadableMessage;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Says that some work has ended, to all who wait for it or to one of them.
 *
 * @param subject the run that has ended
 * @param callback who is to be told, or null for everybody who waits
 * @param trace where it was asked for, or null when nobody traces
 */
public record ResultMessage(
    Subject subject, @Nullable CallbackId callback, @Nullable TraceParent trace) {
  private static final String SUBJECT = "subject";
  private static final String RUN = "run";
  private static final String CALLBACK = "callback";
  private static final String TRACE = "traceparent";

  /** To everybody who waits, when nobody traces. */
  public static ResultMessage toAll(Subject subject) {
    return new ResultMessage(subject, null, null);
  }

  /**
   * The message as attributes, the form in which every queue carries it: {@code subject}, {@code
   * run} and, when they are there, {@code callback} and {@code traceparent}.
   */
  public Map<String, String> toAttributes() {
    Map<String, String> attributes = new LinkedHashMap<>();
    attributes.put(SUBJECT, subject.id());
    attributes.put(RUN, Integer.toString(subject.run()));
    if (callback != null) {
      attributes.put(CALLBACK, callback.text());
    }
    if (trace != null) {
      attributes.put(TRACE, trace.text());
    }
    return attributes;
  }

  /**
   * Reads a message back from its attributes; unknown attributes are ignored, and so is a trace
   * that makes no sense.
   *
   * @throws UnreadableMessage naming what is missing or wrong
   */
  public static ResultMessage fromAttributes(Map<String, String> attributes) {
    String id = attributes.get(SUBJECT);
    String run = attributes.get(RUN);
    if (id == null || run == null) {
      throw new UnreadableMessage("no " + (id == null ? SUBJECT : RUN));
    }
    Subject subject;
    try {
      subject = new Subject(id, Integer.parseInt(run));
    } catch (IllegalArgumentException e) {
      throw new UnreadableMessage("wrong subject or run: " + e.getMessage(), e);
    }
    String callback = attributes.get(CALLBACK);
    Optional<CallbackId> parsed = Optional.ofNullable(callback).flatMap(CallbackId::parse);
    if (callback != null && parsed.isEmpty()) {
      throw new UnreadableMessage("callback is not the id of one");
    }
    return new ResultMessage(
        subject,
        parsed.orElse(null),
        TraceParent.parse(attributes.getOrDefault(TRACE, "")).orElse(null));
  }
}
