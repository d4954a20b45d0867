package dev.whatsit.domain.record;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Marks a record as having subscribers to its completion. The subscribers themselves are stored
 * elsewhere; because the record has this mark, the write that makes it final also sets when its
 * completion event is due, and a crash between that write and the publication loses no
 * notification.
 *
 * @param announceDue when the completion event counts as overdue and is published again; null while
 *     the work is unfinished
 */
public record Watch(@Nullable Instant announceDue) {
  /** How long the notification may take before the completion event is published again. */
  public static final Duration ANNOUNCED_WITHIN = Duration.ofMinutes(1);

  /** A subscriber waits for unfinished work. */
  public static final Watch WAITING = new Watch(null);

  /**
   * The work ended, or a subscriber to ended work was added: the event is overdue {@link
   * #ANNOUNCED_WITHIN} after {@code now}.
   */
  public static Watch announceFrom(Instant now) {
    return new Watch(now.plus(ANNOUNCED_WITHIN));
  }
}
