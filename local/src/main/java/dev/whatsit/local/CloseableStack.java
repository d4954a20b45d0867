package dev.whatsit.local;

import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** Closes parts in the reverse order of their opening. Not thread-safe. */
final class CloseableStack implements AutoCloseable {
  private static final EventLog LOG = EventLog.of(CloseableStack.class);

  private final Deque<AutoCloseable> parts = new ArrayDeque<>();

  /** Adds a part, which is closed before those that were added earlier. */
  <P extends AutoCloseable> P keep(P part) {
    parts.push(part);
    return part;
  }

  /** Adds a part unless it is null. */
  void keepNullable(@Nullable AutoCloseable part) {
    if (part != null) {
      parts.push(part);
    }
  }

  /** Closes every part. A failure to close is logged. */
  @Override
  public void close() {
    closeAll(null);
  }

  /** Closes every part after a failure. A failure to close is added to it as suppressed. */
  void closeAfter(Throwable failure) {
    closeAll(failure);
  }

  private void closeAll(@Nullable Throwable first) {
    while (!parts.isEmpty()) {
      AutoCloseable part = parts.pop();
      try {
        part.close();
      } catch (Exception e) {
        // Clean-up never hides the first failure.
        if (first != null) {
          first.addSuppressed(e);
        } else {
          LOG.warning("cannot close", Labels.of("part", part.getClass().getSimpleName()), e);
        }
      }
    }
  }
}
