package dev.whatsit.local.operator;

import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.queue.UnreadableMessage;
import dev.whatsit.domain.queue.WorkMessage;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.PublishPending;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.record.RetryResult;
import dev.whatsit.domain.record.Status;
import dev.whatsit.embedded.DeadLetter;
import dev.whatsit.embedded.SqliteMessageQueue;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Lists and replays dead letters. It can be used while a server is running. Each step is
 * idempotent, so a command that was interrupted can be run again.
 */
public final class DeadLetters {
  private static final String ALL = "all";
  private static final int AT_ONCE = 10_000;

  private final SqliteMessageQueue queue;
  private final RecordStore records;
  private final PublishPending publishPending;
  private final PrintStream out;
  private final int atOnce;

  /** Works on the dead letters of a queue and prints the results to {@code out}. */
  public DeadLetters(SqliteMessageQueue queue, RecordStore records, PrintStream out) {
    this(queue, records, out, AT_ONCE);
  }

  DeadLetters(SqliteMessageQueue queue, RecordStore records, PrintStream out, int atOnce) {
    this.queue = queue;
    this.records = records;
    this.publishPending = new PublishPending(records, queue);
    this.out = out;
    this.atOnce = atOnce;
  }

  /**
   * Whether a folder holds a queue. Opening a folder without one would create it, and a mistyped
   * path would look like data without dead letters.
   */
  public static boolean canBeIn(Path data) {
    return Files.isRegularFile(data.resolve("whatsit.db"));
  }

  /** Prints one line per dead letter, newest first, with columns separated by tabs. */
  public void list() {
    List<DeadLetter> letters = queue.deadLetters(atOnce + 1);
    if (letters.isEmpty()) {
      out.println("no dead letters");
      return;
    }
    out.println("id\tdead since\tdeliveries\timage\treason");
    for (DeadLetter letter : letters.subList(0, Math.min(atOnce, letters.size()))) {
      out.println(
          letter.id()
              + "\t"
              + letter.deadAt()
              + "\t"
              + letter.deliveryAttempt()
              + "\t"
              + letter.attributes().getOrDefault("image_hash", "?")
              + "\t"
              + oneLine(letter.reason()));
    }
    if (letters.size() > atOnce) {
      out.println("and more: these are the newest " + atOnce);
    }
  }

  /**
   * Replays one or all dead letters. {@code all} skips those that arrive during the replay: they
   * may be the same messages, dead-lettered again.
   *
   * @param which an id as listed, or {@code all}
   * @param now the time at which the replay starts
   * @return whether every requested dead letter was replayed or removed
   */
  public boolean replay(String which, Instant now) {
    Set<String> remaining = new HashSet<>();
    boolean found = false;
    boolean succeeded = true;
    while (true) {
      int limit = remaining.size() + atOnce;
      List<DeadLetter> letters = queue.deadLetters(limit);
      for (DeadLetter letter : letters) {
        if (remaining.contains(letter.id())) {
          continue;
        }
        boolean wanted =
            which.equals(letter.id()) || (which.equals(ALL) && !letter.deadAt().isAfter(now));
        found |= wanted;
        if (!wanted || !replay(letter, now)) {
          remaining.add(letter.id());
          succeeded &= !wanted;
        }
      }
      if (letters.size() < limit) {
        break;
      }
    }
    if (!found) {
      out.println(which.equals(ALL) ? "no dead letters" : "no dead letter " + which);
      return which.equals(ALL);
    }
    return succeeded;
  }

  private boolean replay(DeadLetter letter, Instant now) {
    WorkMessage message;
    try {
      message = WorkMessage.fromAttributes(letter.attributes());
    } catch (UnreadableMessage e) {
      out.println(letter.id() + ": stays, because it is unreadable: " + e.getMessage());
      return false;
    }
    Optional<ImageRecord> found = records.find(message.image().hash(), now);
    if (found.isEmpty()) {
      // The message carries all that the record needs.
      return replayAsItIs(letter, now);
    }
    ImageRecord record = found.get();
    if (record.run() > message.run() && record.status() != Status.PENDING) {
      return remove(letter, "done with, a later run has begun");
    }
    return switch (record.status()) {
      case ERROR -> retry(letter, record.hash(), now);
      case PENDING -> publish(letter, record, now);
      case SUCCESS, CANCELED -> remove(letter, "done with, it is " + record.status().word());
      case SCHEDULED, QUEUED, PROCESSING -> replayAsItIs(letter, now);
    };
  }

  private boolean retry(DeadLetter letter, ImageHash hash, Instant now) {
    RetryResult result = records.retry(hash, now);
    if (result instanceof RetryResult.Started started) {
      return publish(letter, started.record(), now);
    }
    // A concurrent change came first, or the record has expired.
    return replayAsItIs(letter, now);
  }

  private boolean publish(DeadLetter letter, ImageRecord record, Instant now) {
    publishPending.publish(record, null, now);
    return remove(letter, "runs again, as run " + record.run());
  }

  private boolean replayAsItIs(DeadLetter letter, Instant now) {
    boolean replayed = queue.replay(letter.id(), now);
    out.println(letter.id() + ": " + (replayed ? "is in the queue again" : "is no longer there"));
    return true;
  }

  private boolean remove(DeadLetter letter, String what) {
    queue.removeDeadLetter(letter.id());
    out.println(letter.id() + ": " + what);
    return true;
  }

  private static String oneLine(String text) {
    return text.replaceAll("\\s+", " ");
  }
}
