package dev.whatsit.domain.record;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Somebody is to be told of the end of an image's work. Who that is stands elsewhere; the record
 * only knows that there is somebody, so that whoever writes the end says in the same write that it
 * is to be announced, and nobody is forgotten between the two.
 *
 * @param announceDue from when on the announcement counts as overdue; null while the work goes on
 */
public record Watch(@Nullable Instant announceDue) {
  /** How long an announcement may be under way before it is made again. */
  public static final Duration ANNOUNCED_WITHIN = Duration.ofMinutes(1);

  /** Somebody waits for work that goes on. */
  public static final Watch WAITING = new Watch(null);

  /** The work ended, or somebody asked about ended work: it is to be announced from now on. */
  public static Watch announceFrom(Instant now) {
    return new Watch(now.plus(ANNOUNCED_WITHIN));
  }
}
