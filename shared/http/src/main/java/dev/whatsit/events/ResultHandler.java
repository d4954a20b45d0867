package dev.whatsit.events;

import dev.whatsit.domain.callback.ResultMessage;
import dev.whatsit.domain.callback.Subject;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.queue.UnreadableMessage;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;

/**
 * Base class of a handler of completion events. An unreadable message is logged and acked:
 * redelivery would not make it readable, and the outstanding work is stored, so that a sweep finds
 * it. Implementations are thread-safe.
 */
public abstract class ResultHandler implements MessageHandler {
  private final EventLog log = EventLog.of(getClass());

  /**
   * Handles one message. It is acked when this method returns.
   *
   * @param labels the message's subject, run, id and trace, for the log
   * @throws TransientFailure if a port cannot be reached; the message must be redelivered
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
        // The label by which all log entries about an image are found.
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
