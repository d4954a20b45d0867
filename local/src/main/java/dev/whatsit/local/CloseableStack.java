package dev.whatsit.local;

import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** What was opened and is closed in the other order. Not thread-safe. */
final class CloseableStack implements AutoCloseable {
  private static final EventLog LOG = EventLog.of(CloseableStack.class);

  private final Deque<AutoCloseable> parts = new ArrayDeque<>();

  /** Keeps a part to be closed before those that were kept earlier. */
  <P extends AutoCloseable> P keep(P part) {
    parts.push(part);
    return part;
  }

  /** Keeps a part if there is one. */
  void keepIfThere(@Nullable AutoCloseable part) {
    if (part != null) {
      parts.push(part);
    }
  }

  /** Closes everything. What cannot be closed is logged. */
  @Override
  public void close() {
    closeAll(null);
  }

  /** Closes everything because of a failure, which what cannot be closed is added to. */
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
