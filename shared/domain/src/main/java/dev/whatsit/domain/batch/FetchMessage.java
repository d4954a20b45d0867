package dev.whatsit.domain.batch;

import dev.whatsit.domain.queue.Message;
import dev.whatsit.domain.queue.MessageAttributes;
import dev.whatsit.domain.queue.TraceParent;
import dev.whatsit.domain.queue.UnreadableMessage;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Requests processing of one open batch item: its image is fetched if it has a URL, then awaited.
 * The message contains only identifiers; everything else is in the item.
 *
 * @param item key of the item
 * @param trace trace context of the request, or null without tracing
 */
public record FetchMessage(ItemKey item, @Nullable TraceParent trace) {
  private static final String BATCH = "batch_id";
  private static final String INDEX = "item";

  /**
   * Converts to a queue message with the attributes {@code batch_id}, {@code item} and, with a
   * trace, {@code traceparent}.
   */
  public Message toMessage() {
    return new Message(
        item.batch().text() + "-" + item.index(),
        new MessageAttributes()
            .put(BATCH, item.batch().text())
            .put(INDEX, item.index())
            .putTrace(trace)
            .toMap());
  }

  /**
   * Parses the attributes of a message.
   *
   * @throws UnreadableMessage naming the attribute that is missing or wrong
   */
  public static FetchMessage fromAttributes(Map<String, String> values) {
    MessageAttributes attributes = new MessageAttributes(values);
    BatchId batch =
        attributes.required(BATCH, BatchId::parse, "must be 32 lower-case hexadecimal digits");
    int index = (int) attributes.number(INDEX, 0, Batch.MAX_ITEMS - 1);
    return new FetchMessage(new ItemKey(batch, index), attributes.trace());
  }
}
