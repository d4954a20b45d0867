package dev.whatsit.domain.queue;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The trace context of a request: the {@code traceparent} of W3C Trace Context. It is passed on
 * with the work, so that later steps appear in the same trace.
 *
 * @param text the whole value, for example {@code
 *     00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01}
 */
public record TraceParent(String text) {
  /** Section 3.2 of W3C Trace Context: version, trace id, parent id and flags. */
  private static final Pattern SHAPE =
      Pattern.compile("(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}");

  private static final int TRACE_ID_BEGIN = 3;
  private static final int TRACE_ID_END = 35;

  public TraceParent {
    if (!SHAPE.matcher(text).matches()) {
      throw new IllegalArgumentException("not a traceparent: " + text);
    }
  }

  /**
   * Parses a {@code traceparent}; an invalid one counts as absent, as the specification requires.
   */
  public static Optional<TraceParent> parse(String text) {
    return SHAPE.matcher(text).matches() ? Optional.of(new TraceParent(text)) : Optional.empty();
  }

  /** The trace id, 32 lower-case hexadecimal digits. */
  public String traceId() {
    return text.substring(TRACE_ID_BEGIN, TRACE_ID_END);
  }
}
