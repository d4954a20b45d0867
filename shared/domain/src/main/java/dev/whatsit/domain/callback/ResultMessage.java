package dev.whatsit.domain.callback;

import dev.whatsit.domain.queue.Message;
import dev.whatsit.domain.queue.MessageAttributes;
import dev.whatsit.domain.queue.TraceParent;
import dev.whatsit.domain.queue.UnreadableMessage;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Completion event of a run, for all callbacks that wait for it or for one of them.
 *
 * @param subject the completed run
 * @param callback the callback to deliver, or null for all that wait
 * @param trace trace context of the request, or null without tracing
 */
public record ResultMessage(
    Subject subject, @Nullable CallbackId callback, @Nullable TraceParent trace) {
  private static final String SUBJECT = "subject";
  private static final String RUN = "run";
  private static final String CALLBACK = "callback";

  /** An event for all waiting callbacks, without trace context. */
  public static ResultMessage toAll(Subject subject) {
    return new ResultMessage(subject, null, null);
  }

  /**
   * Converts to a queue message with the attributes {@code subject}, {@code run} and, when they are
   * set, {@code callback} and {@code traceparent}.
   */
  public Message toMessage() {
    MessageAttributes attributes =
        new MessageAttributes().put(SUBJECT, subject.id()).put(RUN, subject.run()).putTrace(trace);
    return callback == null
        ? new Message(subject.key() + "-end", attributes.toMap())
        : new Message(callback.text(), attributes.put(CALLBACK, callback.text()).toMap());
  }

  /**
   * Parses the attributes of a message.
   *
   * @throws UnreadableMessage naming the attribute that is missing or wrong
   */
  public static ResultMessage fromAttributes(Map<String, String> values) {
    MessageAttributes attributes = new MessageAttributes(values);
    int run = (int) attributes.number(RUN, 1, Integer.MAX_VALUE);
    Subject subject =
        attributes.required(
            SUBJECT, id -> Subject.parse(id, run), "must be 1 to 100 letters, digits and hyphens");
    CallbackId callback =
        attributes.has(CALLBACK)
            ? attributes.required(CALLBACK, CallbackId::parse, "must be the id of a callback")
            : null;
    return new ResultMessage(subject, callback, attributes.trace());
  }
}
