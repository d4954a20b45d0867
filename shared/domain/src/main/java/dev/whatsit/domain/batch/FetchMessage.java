package dev.whatsit.domain.batch;

import dev.whatsit.domain.queue.TraceParent;
import dev.whatsit.domain.queue.UnreadableMessage;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
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
  private static final String TRACE = "traceparent";
  private static final Pattern PLACE = Pattern.compile("[0-9]{1,3}");

  /**
   * The message as attributes, the form in which every queue carries it: {@code batch_id}, {@code
   * item} and, when there is a trace, {@code traceparent}.
   */
  public Map<String, String> toAttributes() {
    Map<String, String> attributes = new LinkedHashMap<>();
    attributes.put(BATCH, item.batch().text());
    attributes.put(INDEX, Integer.toString(item.index()));
    if (trace != null) {
      attributes.put(TRACE, trace.text());
    }
    return attributes;
  }

  /**
   * Reads a message back from its attributes; unknown attributes are ignored, and so is a trace
   * that makes no sense.
   *
   * @throws UnreadableMessage naming the attribute that is missing or wrong
   */
  public static FetchMessage fromAttributes(Map<String, String> attributes) {
    BatchId batch =
        BatchId.parse(attributes.getOrDefault(BATCH, ""))
            .orElseThrow(() -> new UnreadableMessage("attribute " + BATCH + " is no batch's id"));
    String index = attributes.getOrDefault(INDEX, "");
    if (!PLACE.matcher(index).matches()) {
      throw new UnreadableMessage("attribute " + INDEX + " must be 0 to 999");
    }
    return new FetchMessage(
        new ItemKey(batch, Integer.parseInt(index)),
        TraceParent.parse(attributes.getOrDefault(TRACE, "")).orElse(null));
  }
}
