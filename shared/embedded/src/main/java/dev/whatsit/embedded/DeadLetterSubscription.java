package dev.whatsit.embedded;

import dev.whatsit.domain.queue.DeadLetterMessage;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Sends each dead letter on, once it is acknowledged never again, and without an end of the trying
 * before that. The letter stays listed all the same. A delivery has the letter's id in place of a
 * message's, and its reason among the attributes. Safe for use by several threads and processes.
 */
final class DeadLetterSubscription extends SqliteSubscription {
  /** {@code send_at} is null once the letter was sent; {@code receipt} is set in flight. */
  static final List<String> SECOND_VERSION =
      List.of(
          "ALTER TABLE dead_letters ADD COLUMN send_at INTEGER",
          "ALTER TABLE dead_letters ADD COLUMN receipt TEXT",
          "ALTER TABLE dead_letters ADD COLUMN sends INTEGER NOT NULL DEFAULT 0",
          "UPDATE dead_letters SET send_at = dead_at",
          "CREATE INDEX dead_letters_unsent ON dead_letters (send_at) WHERE send_at IS NOT NULL");

  private static final Rows LETTERS =
      new Rows("dead_letters", "id", "send_at", "sends", "dead_at", ", reason", false);

  /** The dead letters in the queue's open database. */
  DeadLetterSubscription(Database database, QueuePolicy policy, RandomGenerator random) {
    super(database, LETTERS, policy, ENDLESS, random);
  }

  @Override
  int remove(Session session, Delivery delivery) throws SQLException {
    return session.update(
        "UPDATE dead_letters SET send_at = NULL, receipt = NULL WHERE id = ? AND receipt = ?",
        delivery.messageId(),
        delivery.receipt());
  }

  @Override
  Delivery delivery(ResultSet row) throws SQLException {
    Delivery letter = super.delivery(row);
    Map<String, String> attributes = new LinkedHashMap<>(letter.attributes());
    attributes.put(DeadLetterMessage.REASON, row.getString(6));
    return new Delivery(
        letter.messageId(),
        letter.receipt(),
        attributes,
        letter.deliveryAttempt(),
        letter.publishedAt());
  }

  @Override
  void bury(Session session, Delivery delivery, int attempts, Instant now) {
    throw new IllegalStateException("a dead letter is never given up");
  }

  @Override
  void tellGivenUp(List<Delivery> deliveries) {
    throw new IllegalStateException("a dead letter is never given up");
  }

  @Override
  Retried givenUp(Instant now) {
    throw new IllegalStateException("a dead letter is never given up");
  }
}
