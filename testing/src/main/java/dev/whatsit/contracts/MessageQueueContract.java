package dev.whatsit.contracts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.whatsit.domain.batch.BatchId;
import dev.whatsit.domain.batch.FetchMessage;
import dev.whatsit.domain.batch.ItemKey;
import dev.whatsit.domain.callback.CallbackId;
import dev.whatsit.domain.callback.CallbackKind;
import dev.whatsit.domain.callback.ResultMessage;
import dev.whatsit.domain.callback.Subject;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.queue.DeadLetterMessage;
import dev.whatsit.domain.queue.Message;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.queue.TraceParent;
import dev.whatsit.domain.queue.WorkMessage;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The contract of a {@link MessageQueue} with scheduling, for publishers. The methods of the
 * subclass return messages without the attributes that the platform adds.
 */
public abstract class MessageQueueContract {
  private static final int RACERS = 32;
  private static final String MARK = "mark";
  private static final TraceParent TRACE =
      new TraceParent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");

  /** The queue under test, opened for all topics. */
  protected abstract MessageQueue queue() throws Exception;

  /** The same queue as another process sees it, if the adapter's tests have such an object. */
  protected MessageQueue otherQueue() throws Exception {
    return queue();
  }

  /**
   * Waits for a delivery of a message, does not ack it, and makes the queue redeliver it as soon as
   * possible.
   *
   * @param topic not the dead-letter topic
   * @return the attributes that were delivered
   */
  protected abstract Map<String, String> awaitDelivery(Topic topic, String messageId)
      throws Exception;

  /** The dead letters of the message with this id. */
  protected abstract List<DeadLetterMessage> deadLetters(String messageId) throws Exception;

  /** The queue's current time, or slightly later; a whole second. */
  protected abstract Instant now();

  /** The attributes of every scheduled message of a topic that was delivered by a given instant. */
  protected abstract List<Map<String, String>> deliveredBy(Topic topic, Instant instant)
      throws Exception;

  /**
   * Loses the response of the next successful scheduling through {@link #queue}, if the adapter's
   * tests can do so. The default does nothing; then the test drops the response itself and repeats
   * the call.
   */
  protected void loseNextResponse() throws Exception {}

  // At once.

  @ParameterizedTest
  @EnumSource(ImageFormat.class)
  void publish_work_isDeliveredWhole(ImageFormat format) throws Exception {
    WorkMessage message = new WorkMessage(Samples.image(Samples.bytes(64), format), 7, Samples.NOW);

    String id = queue().publish(Topic.WORK, message.toMessage());

    assertThat(id).isNotBlank();
    assertThat(awaitWork(id)).isEqualTo(message);
  }

  @Test
  void publish_resultToAll_isDeliveredWhole() throws Exception {
    ResultMessage message = ResultMessage.toAll(subject());

    String id = queue().publish(Topic.RESULTS, message.toMessage());

    assertThat(ResultMessage.fromAttributes(awaitDelivery(Topic.RESULTS, id))).isEqualTo(message);
  }

  @Test
  void publish_resultToOneInATrace_isDeliveredWhole() throws Exception {
    Subject subject = subject();
    CallbackId callback =
        CallbackId.of(subject, CallbackKind.WEBHOOK, "https://example.org/größe?a=b&c=🐈");
    ResultMessage message = new ResultMessage(subject, callback, TRACE);

    String id = queue().publish(Topic.RESULTS, message.toMessage());

    assertThat(ResultMessage.fromAttributes(awaitDelivery(Topic.RESULTS, id))).isEqualTo(message);
  }

  @Test
  void publish_aThousandFetches_areDeliveredInTheOrderOfTheirIds() throws Exception {
    BatchId batch = BatchId.random();
    List<Message> messages =
        IntStream.range(0, MessageQueue.MAX_MESSAGES)
            .mapToObj(i -> new FetchMessage(new ItemKey(batch, i), TRACE).toMessage())
            .toList();

    List<String> ids = queue().publish(Topic.FETCHES, messages, null);

    assertThat(ids).hasSize(messages.size()).doesNotHaveDuplicates();
    for (int i : List.of(0, 1, 500, 999)) {
      assertThat(FetchMessage.fromAttributes(awaitDelivery(Topic.FETCHES, ids.get(i))))
          .isEqualTo(new FetchMessage(new ItemKey(batch, i), TRACE));
    }
  }

  @Test
  void publish_none_givesNoIds() throws Exception {
    assertThat(queue().publish(Topic.FETCHES, List.of(), null)).isEmpty();
  }

  @Test
  void publish_tooMany_refused() throws Exception {
    Message message = Samples.message(Samples.image()).toMessage();
    MessageQueue queue = queue();

    assertThatThrownBy(
            () ->
                queue.publish(
                    Topic.WORK, Collections.nCopies(MessageQueue.MAX_MESSAGES + 1, message), null))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void publish_unknownAttributes_areDelivered() throws Exception {
    Map<String, String> attributes =
        new HashMap<>(Samples.message(Samples.image()).toMessage().attributes());
    attributes.put("größe", "sehr <groß> 🐈 \"'\\/\n\t\u0001");
    attributes.put("empty", "");

    String id = queue().publish(Topic.WORK, new Message(Samples.id("name"), attributes));

    assertThat(awaitDelivery(Topic.WORK, id)).isEqualTo(attributes);
  }

  @Test
  void publish_notAcknowledged_isDeliveredAgain() throws Exception {
    WorkMessage message = Samples.message(Samples.image());
    String id = queue().publish(Topic.WORK, message.toMessage());

    assertThat(awaitWork(id)).isEqualTo(message);
    assertThat(awaitWork(id)).isEqualTo(message);
  }

  @Test
  void publish_sameMessageTwice_givesTwoIdsThatAreBothDelivered() throws Exception {
    WorkMessage message = Samples.message(Samples.image());

    String one = queue().publish(Topic.WORK, message.toMessage());
    String two = otherQueue().publish(Topic.WORK, message.toMessage());

    assertThat(one).isNotEqualTo(two);
    assertThat(awaitWork(one)).isEqualTo(message);
    assertThat(awaitWork(two)).isEqualTo(message);
  }

  @Test
  void publish_manyAtOnce_allAreDelivered() throws Exception {
    List<WorkMessage> messages =
        Stream.generate(() -> Samples.message(Samples.image())).limit(RACERS).toList();

    List<String> ids =
        Race.of(RACERS, i -> () -> of(i).publish(Topic.WORK, messages.get(i).toMessage()));

    assertThat(ids).hasSize(RACERS).doesNotHaveDuplicates();
    for (int i = 0; i < RACERS; i++) {
      assertThat(awaitWork(ids.get(i))).isEqualTo(messages.get(i));
    }
  }

  // Dead letters.

  @Test
  void publish_unreadableDeadLetter_isKeptAsItCame() throws Exception {
    DeadLetterMessage letter =
        new DeadLetterMessage(
            Samples.id("message"),
            Map.of("image_hash", "no hash", "größe", "sehr <groß> 🐈 \"'\n"),
            "attribute run is missing – né");

    deadLetter(queue(), letter);

    assertThat(deadLetters(letter.messageId())).containsExactly(letter);
  }

  @Test
  void publish_deadLetterWithoutAttributes_isKept() throws Exception {
    DeadLetterMessage letter =
        new DeadLetterMessage(Samples.id("message"), Map.of(), "empty event");

    deadLetter(queue(), letter);

    assertThat(deadLetters(letter.messageId())).containsExactly(letter);
  }

  @Test
  void publish_deadLetterOfAPublishedMessage_isKeptWithItsAttributes() throws Exception {
    Message message = Samples.message(Samples.image()).toMessage();
    String id = queue().publish(Topic.WORK, message);
    DeadLetterMessage letter =
        new DeadLetterMessage(id, message.attributes(), "attempts exhausted");

    deadLetter(queue(), letter);

    assertThat(deadLetters(id)).containsExactly(letter);
  }

  @Test
  void publish_manyDeadLettersAtOnce_allAreKept() throws Exception {
    List<DeadLetterMessage> letters =
        Race.of(
            RACERS,
            i ->
                () -> {
                  DeadLetterMessage letter =
                      new DeadLetterMessage(
                          Samples.id("message"), Map.of("number", Integer.toString(i)), "broken");
                  deadLetter(of(i), letter);
                  return letter;
                });

    for (DeadLetterMessage letter : letters) {
      assertThat(deadLetters(letter.messageId())).containsExactly(letter);
    }
  }

  // Scheduled.

  @Test
  void schedules_scheduler_isTrue() throws Exception {
    assertThat(queue().schedules()).isTrue();
  }

  @ParameterizedTest
  @EnumSource(
      value = Topic.class,
      names = {"WORK", "RESULTS", "FETCHES"})
  void schedule_message_isDeliveredWhenDueAndNotSooner(Topic topic) throws Exception {
    Instant due = now().plusSeconds(60);
    String mark = Samples.id("mark");

    schedule(queue(), topic, message(Samples.id("name"), mark), due);

    assertThat(delivered(topic, mark, due.minusMillis(1))).isZero();
    assertThat(delivered(topic, mark, due.plusSeconds(1))).isOne();
  }

  @Test
  void schedule_dueWithinASecond_isDeliveredNotSoonerAndAtItsEndAtTheLatest() throws Exception {
    Instant due = now().plusSeconds(60).plusNanos(123_456_000);
    String mark = Samples.id("mark");

    schedule(queue(), Topic.WORK, message(Samples.id("name"), mark), due);

    assertThat(delivered(Topic.WORK, mark, due.minusNanos(1000))).isZero();
    assertThat(delivered(Topic.WORK, mark, now().plusSeconds(61))).isOne();
  }

  @Test
  void schedule_thirtyDaysLessAMinute_isDeliveredThen() throws Exception {
    Instant due = now().plusSeconds(30L * 24 * 3600 - 60);
    String mark = Samples.id("mark");

    schedule(queue(), Topic.WORK, message(Samples.id("name"), mark), due);

    assertThat(delivered(Topic.WORK, mark, due.minusMillis(1))).isZero();
    assertThat(delivered(Topic.WORK, mark, due)).isOne();
  }

  @Test
  void schedule_unknownAttributes_areDelivered() throws Exception {
    Map<String, String> odd =
        Map.of(MARK, Samples.id("mark"), "größe", "sehr <groß> 🐈 \"'\\/\n\t\u0001", "empty", "");

    schedule(queue(), Topic.WORK, new Message(Samples.id("name"), odd), now().plusSeconds(5));

    assertThat(deliveredBy(Topic.WORK, now().plusSeconds(5))).contains(odd);
  }

  @Test
  void schedule_work_canBeReadWhenDelivered() throws Exception {
    WorkMessage work = Samples.message(Samples.image());
    Instant due = now().plusSeconds(5);

    schedule(queue(), Topic.WORK, work.toMessage(), due);

    assertThat(deliveredBy(Topic.WORK, due))
        .filteredOn(attributes -> attributes.containsKey("image_hash"))
        .map(WorkMessage::fromAttributes)
        .contains(work);
  }

  @Test
  void schedule_sameNameAndSecondAgain_oneIsDelivered() throws Exception {
    Instant due = now().plusSeconds(60);
    String mark = Samples.id("mark");
    Message message = message(Samples.id("name"), mark);

    schedule(queue(), Topic.WORK, message, due);
    schedule(otherQueue(), Topic.WORK, message, due);
    schedule(queue(), Topic.WORK, message, due.minusMillis(300));

    assertThat(delivered(Topic.WORK, mark, due)).isOne();
  }

  @Test
  void schedule_sameNameAtAnotherSecond_eachIsDelivered() throws Exception {
    Instant due = now().plusSeconds(60);
    String mark = Samples.id("mark");
    Message message = message(Samples.id("name"), mark);

    schedule(queue(), Topic.WORK, message, due);
    schedule(queue(), Topic.WORK, message, due.minusSeconds(30));

    assertThat(delivered(Topic.WORK, mark, due.minusSeconds(30))).isOne();
    assertThat(delivered(Topic.WORK, mark, due)).isEqualTo(2);
  }

  @Test
  void schedule_severalAtOnce_allAreDelivered() throws Exception {
    Instant due = now().plusSeconds(60);
    String mark = Samples.id("mark");

    List<String> ids =
        queue()
            .publish(
                Topic.RESULTS,
                List.of(message(Samples.id("name"), mark), message(Samples.id("name"), mark)),
                due);

    assertThat(ids).hasSize(2).doesNotHaveDuplicates();
    assertThat(delivered(Topic.RESULTS, mark, due)).isEqualTo(2);
  }

  @Test
  void schedule_otherNamesByManyAtOnce_allAreDelivered() throws Exception {
    Instant due = now().plusSeconds(60);
    String mark = Samples.id("mark");

    Race.of(
        RACERS,
        i ->
            () -> {
              schedule(of(i), Topic.WORK, message(Samples.id("name"), mark), due);
              return i;
            });

    assertThat(delivered(Topic.WORK, mark, due)).isEqualTo(RACERS);
  }

  @Test
  void schedule_oneNameByManyAtOnce_oneIsDelivered() throws Exception {
    String mark = Samples.id("mark");
    Message message = message(Samples.id("name"), mark);
    Instant due = now().plusSeconds(60);

    Race.of(
        RACERS,
        i ->
            () -> {
              schedule(of(i), Topic.WORK, message, due);
              return i;
            });

    assertThat(delivered(Topic.WORK, mark, due)).isOne();
  }

  @Test
  void schedule_responseLost_repeatedSchedulesOne() throws Exception {
    String mark = Samples.id("mark");
    Message message = message(Samples.id("name"), mark);
    Instant due = now().plusSeconds(60);

    loseNextResponse();
    try {
      schedule(queue(), Topic.WORK, message, due);
    } catch (TransientFailure e) {
      // The caller does not know the outcome, and retries.
      assertThat(e).hasMessageMatching("(?s).+");
    }
    schedule(queue(), Topic.WORK, message, due);

    assertThat(delivered(Topic.WORK, mark, due)).isOne();
  }

  @ParameterizedTest
  @EnumSource(Topic.class)
  void check_reachable_passes(Topic topic) {
    assertThatCode(() -> queue().check(topic)).doesNotThrowAnyException();
  }

  private MessageQueue of(int racer) throws Exception {
    return racer % 2 == 0 ? queue() : otherQueue();
  }

  private WorkMessage awaitWork(String id) throws Exception {
    return WorkMessage.fromAttributes(awaitDelivery(Topic.WORK, id));
  }

  private static void deadLetter(MessageQueue queue, DeadLetterMessage letter) {
    assertThat(queue.publish(Topic.DEAD_LETTERS, letter.toMessage())).isNotBlank();
  }

  private static void schedule(MessageQueue queue, Topic topic, Message message, Instant due) {
    assertThat(queue.publish(topic, List.of(message), due)).hasSize(1);
  }

  private static Message message(String name, String mark) {
    return new Message(name, Map.of(MARK, mark));
  }

  private long delivered(Topic topic, String mark, Instant instant) throws Exception {
    return deliveredBy(topic, instant).stream()
        .filter(attributes -> mark.equals(attributes.get(MARK)))
        .count();
  }

  private static Subject subject() {
    return Subject.of(Samples.image().hash(), 7);
  }
}
