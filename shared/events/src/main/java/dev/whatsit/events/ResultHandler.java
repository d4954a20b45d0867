package dev.whatsit.events;

import dev.whatsit.domain.callback.ResultMessage;
import dev.whatsit.domain.callback.Subject;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.queue.UnreadableMessage;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;

/**
 * What a function does with one message about the end of some work. One that cannot be read is
 * logged and acknowledged: no delivery will make it readable, and whatever there is to do stands in
 * a store, where a sweep finds it. Implementations are thread-safe.
 */
public abstract class ResultHandler implements MessageHandler {
  private final EventLog log = EventLog.of(getClass());

  /**
   * Handles one message, after which it is acknowledged.
   *
   * @param labels the message's subject, run, id and trace, for the log
   * @throws TransientFailure if a port cannot be reached; the message must come again
   */
  protected abstract void handle(ResultMessage message, Labels labels);

  @Override
  public final AckResult handle(ReceivedMessage received) {
    ResultMessage message;
    try {
      message = ResultMessage.fromAttributes(received.attributes());
    } catch (UnreadableMessage e) {
      return unreadable(received, e);
    }
    Subject subject = message.subject();
    handle(
        message,
        // By the name under which everything that happens to an image is looked for.
        Labels.of(subject.image().isPresent() ? "image_hash" : "subject", subject.id())
            .and("run", subject.run())
            .and("message_id", received.messageId())
            .inTrace(message.trace() == null ? null : message.trace().traceId()));
    return AckResult.ACKNOWLEDGE;
  }

  @Override
  public final AckResult unreadable(ReceivedMessage received, UnreadableMessage why) {
    log.error("unreadable result", Labels.of("message_id", received.messageId()), why);
    return AckResult.ACKNOWLEDGE;
  }
}
