package dev.whatsit.local.operator;

import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.queue.UnreadableMessage;
import dev.whatsit.domain.queue.WorkMessage;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.record.RetryResult;
import dev.whatsit.domain.record.Status;
import dev.whatsit.embedded.DeadLetter;
import dev.whatsit.embedded.SqliteWorkQueue;
import java.io.PrintStream;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Lists dead letters and runs them again. Works beside a running server. Each step can be repeated:
 * a command that dies half-way is given again.
 */
public final class DeadLetters {
  private static final String ALL = "all";
  private static final int MOST = 10_000;

  private final SqliteWorkQueue queue;
  private final RecordStore records;
  private final PrintStream out;

  /** The dead letters of a queue; what is done with them is printed. */
  public DeadLetters(SqliteWorkQueue queue, RecordStore records, PrintStream out) {
    this.queue = queue;
    this.records = records;
    this.out = out;
  }

  /** Prints one line for each, the columns separated by tabs. */
  public void list() {
    List<DeadLetter> letters = queue.deadLetters(MOST);
    if (letters.isEmpty()) {
      out.println("no dead letters");
      return;
    }
    out.println("id\tdead since\tdeliveries\timage\treason");
    for (DeadLetter letter : letters) {
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
  }

  /**
   * Runs one or all of them again.
   *
   * @param which an id as listed, or {@code all}
   * @return whether every one that was asked for is settled
   */
  public boolean replay(String which, Instant now) {
    List<DeadLetter> letters =
        queue.deadLetters(MOST).stream()
            .filter(letter -> which.equals(ALL) || which.equals(letter.id()))
            .toList();
    if (letters.isEmpty()) {
      out.println(which.equals(ALL) ? "no dead letters" : "no dead letter " + which);
      return which.equals(ALL);
    }
    boolean settled = true;
    for (DeadLetter letter : letters) {
      settled &= replay(letter, now);
    }
    return settled;
  }

  private boolean replay(DeadLetter letter, Instant now) {
    WorkMessage message;
    try {
      message = WorkMessage.fromAttributes(letter.attributes());
    } catch (UnreadableMessage e) {
      out.println(letter.id() + ": stays, since nobody can read it: " + e.getMessage());
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
    // Somebody else was quicker, or the record has expired.
    return replayAsItIs(letter, now);
  }

  private boolean publish(DeadLetter letter, ImageRecord record, Instant now) {
    String messageId =
        queue.publish(new WorkMessage(record.image(), record.run(), record.createdAt()));
    records.confirmQueued(record.hash(), record.run(), messageId, now);
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
