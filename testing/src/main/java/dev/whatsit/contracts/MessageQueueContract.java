package dev.whatsit.contracts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.whatsit.domain.batch.BatchId;
import dev.whatsit.domain.batch.FetchMessage;
import dev.whatsit.domain.batch.ItemKey;
import dev.whatsit.domain.callback.CallbackId;
import dev.whatsit.domain.callback.CallbackKind;
import dev.whatsit.domain.callback.ResultMessage;
import dev.whatsit.domain.callback.Subject;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.queue.DeadLetterMessage;
import dev.whatsit.domain.queue.Message;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.queue.TraceParent;
import dev.whatsit.domain.queue.WorkMessage;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

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

  static Stream<Arguments> messages() {
    Subject subject = Subject.of(Samples.image().hash(), 7);
    CallbackId callback =
        CallbackId.of(subject, CallbackKind.WEBHOOK, "https://example.org/größe?a=b&c=🐈");
    Map<String, String> unknown =
        new HashMap<>(Samples.message(Samples.image()).toMessage().attributes());
    unknown.put("größe", "sehr <groß> 🐈 \"'\\/\n\t\u0001");
    unknown.put("empty", "");
    return Stream.of(
        arguments(
            Topic.WORK, new WorkMessage(Samples.image(), 7, Samples.NOW).toMessage().attributes()),
        arguments(Topic.WORK, unknown),
        arguments(Topic.RESULTS, ResultMessage.toAll(subject).toMessage().attributes()),
        arguments(
            Topic.RESULTS, new ResultMessage(subject, callback, TRACE).toMessage().attributes()),
        arguments(
            Topic.FETCHES,
            new FetchMessage(new ItemKey(BatchId.random(), 3), TRACE).toMessage().attributes()));
  }

  @ParameterizedTest
  @MethodSource("messages")
  void publish_message_isDeliveredWholeAndAgainUntilItIsAcknowledged(
      Topic topic, Map<String, String> attributes) throws Exception {
    String id = queue().publish(topic, new Message(Samples.id("name"), attributes));

    assertThat(id).isNotBlank();
    assertThat(awaitDelivery(topic, id)).isEqualTo(attributes);
    assertThat(awaitDelivery(topic, id)).isEqualTo(attributes);
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
  void publish_noneOrTooMany_publishesNothing() throws Exception {
    Message message = Samples.message(Samples.image()).toMessage();
    List<Message> tooMany = Collections.nCopies(MessageQueue.MAX_MESSAGES + 1, message);
    MessageQueue queue = queue();

    assertThat(queue.publish(Topic.FETCHES, List.of(), null)).isEmpty();
    assertThatThrownBy(() -> queue.publish(Topic.WORK, tooMany, null))
        .isInstanceOf(IllegalArgumentException.class);
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

  static Stream<Arguments> deadLetters() {
    return Stream.of(
        arguments(Map.of(), "empty event"),
        arguments(
            Map.of("image_hash", "no hash", "größe", "sehr <groß> 🐈 \"'\n"),
            "attribute run is missing – né"),
        arguments(Samples.message(Samples.image()).toMessage().attributes(), "attempts exhausted"));
  }

  @ParameterizedTest
  @MethodSource("deadLetters")
  void publish_deadLettersAtOnce_allAreKeptAsTheyCame(Map<String, String> attributes, String reason)
      throws Exception {
    List<DeadLetterMessage> letters =
        Race.of(
            RACERS,
            i ->
                () -> {
                  DeadLetterMessage letter =
                      new DeadLetterMessage(Samples.id("message"), attributes, reason);
                  assertThat(of(i).publish(Topic.DEAD_LETTERS, letter.toMessage())).isNotBlank();
                  return letter;
                });

    for (DeadLetterMessage letter : letters) {
      assertThat(deadLetters(letter.messageId())).containsExactly(letter);
    }
  }

  // Scheduled.

  @ParameterizedTest
  @CsvSource({
    "WORK, PT60S",
    "RESULTS, PT60S",
    "FETCHES, PT60S",
    "WORK, PT60.123456S",
    "WORK, PT719H59M",
  })
  void schedule_message_isDeliveredWholeNotSoonerAndAtTheEndOfTheSecondAtTheLatest(
      Topic topic, Duration ahead) throws Exception {
    Instant due = now().plus(ahead);
    Instant end = due.plusNanos(999_999_999).truncatedTo(ChronoUnit.SECONDS);
    String mark = Samples.id("mark");
    Map<String, String> attributes =
        new HashMap<>(Samples.message(Samples.image()).toMessage().attributes());
    attributes.putAll(Map.of(MARK, mark, "größe", "sehr <groß> 🐈 \"'\\/\n\t\u0001", "empty", ""));

    assertThat(queue().schedules()).isTrue();
    schedule(queue(), topic, new Message(Samples.id("name"), attributes), due);

    assertThat(delivered(topic, mark, due.minusNanos(1000))).isZero();
    assertThat(delivered(topic, mark, end)).isOne();
    assertThat(deliveredBy(topic, end)).contains(attributes);
  }

  @Test
  void schedule_sameNameAgain_oneIsDeliveredForEachSecond() throws Exception {
    Instant due = now().plusSeconds(60);
    String mark = Samples.id("mark");
    Message message = message(Samples.id("name"), mark);

    schedule(queue(), Topic.WORK, message, due);
    schedule(otherQueue(), Topic.WORK, message, due);
    schedule(queue(), Topic.WORK, message, due.minusMillis(300));
    schedule(queue(), Topic.WORK, message, due.minusSeconds(30));

    assertThat(delivered(Topic.WORK, mark, due.minusSeconds(30))).isOne();
    assertThat(delivered(Topic.WORK, mark, due)).isEqualTo(2);
  }

  @Test
  void schedule_severalAtOnce_allAreDelivered() throws Exception {
    Instant due = now().plusSeconds(60);
    String mark = Samples.id("mark");
    List<Message> messages =
        List.of(message(Samples.id("name"), mark), message(Samples.id("name"), mark));

    List<String> ids = queue().publish(Topic.RESULTS, messages, due);

    assertThat(ids).hasSize(2).doesNotHaveDuplicates();
    assertThat(delivered(Topic.RESULTS, mark, due)).isEqualTo(2);
  }

  @Test
  void schedule_byManyAtOnce_oneOfEachNameIsDelivered() throws Exception {
    Instant due = now().plusSeconds(60);
    String others = Samples.id("mark");
    String same = Samples.id("mark");
    Message message = message(Samples.id("name"), same);

    Race.of(
        RACERS,
        i ->
            () -> {
              schedule(of(i), Topic.WORK, message(Samples.id("name"), others), due);
              schedule(of(i), Topic.WORK, message, due);
              return i;
            });

    assertThat(delivered(Topic.WORK, others, due)).isEqualTo(RACERS);
    assertThat(delivered(Topic.WORK, same, due)).isOne();
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
}
