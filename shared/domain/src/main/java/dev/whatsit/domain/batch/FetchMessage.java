package dev.whatsit.domain.batch;

import dev.whatsit.domain.queue.Message;
import dev.whatsit.domain.queue.MessageAttributes;
import dev.whatsit.domain.queue.TraceParent;
import dev.whatsit.domain.queue.UnreadableMessage;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Asks for one open item to be carried on: its image to be fetched, where it comes from a URL, and
 * to be waited for. It carries names only: the rest stands in the item.
 *
 * @param item which one
 * @param trace where it was asked for, or null when nobody traces
 */
public record FetchMessage(ItemKey item, @Nullable TraceParent trace) {
  private static final String BATCH = "batch_id";
  private static final String INDEX = "item";

  /**
   * The message as every queue carries it. Its attributes: {@code batch_id}, {@code item} and, when
   * there is a trace, {@code traceparent}.
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
   * Reads a message back from its attributes.
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
