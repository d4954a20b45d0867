package dev.whatsit.logging;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The labels of a log entry, as names and short values: image hash, request id, trace. Immutable
 * and thread-safe. Must not contain image bytes, links or secrets.
 */
public final class Labels {
  /** No labels. */
  public static final Labels NONE = new Labels(Map.of(), null);

  private final Map<String, String> values;
  private final @Nullable String trace;

  private Labels(Map<String, String> values, @Nullable String trace) {
    this.values = values;
    this.trace = trace;
  }

  /** One label. */
  public static Labels of(String name, Object value) {
    return NONE.and(name, value);
  }

  /** These labels and one more; a label of the same name is replaced. */
  public Labels and(String name, Object value) {
    Map<String, String> more = new LinkedHashMap<>(values);
    more.put(name, String.valueOf(value));
    return new Labels(more, trace);
  }

  /**
   * These labels as part of a trace.
   *
   * @param trace the 32 hexadecimal digits of a W3C trace id, or null for none
   */
  public Labels inTrace(@Nullable String trace) {
    return new Labels(values, trace);
  }

  Map<String, String> values() {
    return values;
  }

  @Nullable String trace() {
    return trace;
  }
}
