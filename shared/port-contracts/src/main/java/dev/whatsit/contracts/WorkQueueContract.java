package dev.whatsit.contracts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.queue.WorkMessage;
import dev.whatsit.domain.queue.WorkQueue;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a {@link WorkQueue} promises to those that put messages in. */
public abstract class WorkQueueContract {
  private static final int RACERS = 32;

  /**
   * A message among the dead letters.
   *
   * @param messageId of the message that failed
   * @param attributes the message as it came
   * @param reason why
   */
  public record Letter(String messageId, Map<String, String> attributes, String reason) {}

  /** The queue under test. */
  protected abstract WorkQueue queue() throws Exception;

  /** The same queue as another process sees it, where that is another object. */
  protected WorkQueue otherQueue() throws Exception {
    return queue();
  }

  /**
   * Waits for a delivery of a message, leaves it unacknowledged, and makes the queue deliver it
   * again as soon as it may.
   *
   * @return the attributes that were delivered
   */
  protected abstract Map<String, String> awaitDelivery(String messageId) throws Exception;

  /** The dead letters with this message id. */
  protected abstract List<Letter> deadLetters(String messageId) throws Exception;

  @ParameterizedTest
  @EnumSource(ImageFormat.class)
  void publish_message_isDeliveredWhole(ImageFormat format) throws Exception {
    WorkMessage message = new WorkMessage(Samples.image(Samples.bytes(64), format), 7, Samples.NOW);

    String id = queue().publish(message);

    assertThat(id).isNotBlank();
    assertThat(WorkMessage.fromAttributes(awaitDelivery(id))).isEqualTo(message);
  }

  @Test
  void publish_notAcknowledged_isDeliveredAgain() throws Exception {
    WorkMessage message = Samples.message(Samples.image());
    String id = queue().publish(message);

    assertThat(WorkMessage.fromAttributes(awaitDelivery(id))).isEqualTo(message);
    assertThat(WorkMessage.fromAttributes(awaitDelivery(id))).isEqualTo(message);
  }

  @Test
  void publish_sameMessageTwice_givesTwoIdsThatAreBothDelivered() throws Exception {
    WorkMessage message = Samples.message(Samples.image());

    String one = queue().publish(message);
    String two = otherQueue().publish(message);

    assertThat(one).isNotEqualTo(two);
    assertThat(WorkMessage.fromAttributes(awaitDelivery(one))).isEqualTo(message);
    assertThat(WorkMessage.fromAttributes(awaitDelivery(two))).isEqualTo(message);
  }

  @Test
  void publish_manyAtOnce_allAreDelivered() throws Exception {
    List<WorkMessage> messages =
        Stream.generate(() -> Samples.message(Samples.image())).limit(RACERS).toList();

    List<String> ids =
        Race.of(RACERS, i -> () -> (i % 2 == 0 ? queue() : otherQueue()).publish(messages.get(i)));

    assertThat(ids).hasSize(RACERS).doesNotHaveDuplicates();
    for (int i = 0; i < RACERS; i++) {
      assertThat(WorkMessage.fromAttributes(awaitDelivery(ids.get(i)))).isEqualTo(messages.get(i));
    }
  }

  @Test
  void deadLetter_unreadableMessage_isKeptAsItCame() throws Exception {
    String id = Samples.id("message");
    Map<String, String> attributes =
        Map.of("image_hash", "no hash", "größe", "sehr <groß> 🐈 \"'\n");

    queue().deadLetter(id, attributes, "attribute run is missing – né");

    assertThat(deadLetters(id))
        .containsExactly(new Letter(id, attributes, "attribute run is missing – né"));
  }

  @Test
  void deadLetter_noAttributes_isKept() throws Exception {
    String id = Samples.id("message");

    queue().deadLetter(id, Map.of(), "empty event");

    assertThat(deadLetters(id)).containsExactly(new Letter(id, Map.of(), "empty event"));
  }

  @Test
  void deadLetter_publishedMessage_isKeptWithItsAttributes() throws Exception {
    WorkMessage message = Samples.message(Samples.image());
    String id = queue().publish(message);

    queue().deadLetter(id, message.toAttributes(), "attempts exhausted");

    assertThat(deadLetters(id))
        .containsExactly(new Letter(id, message.toAttributes(), "attempts exhausted"));
  }

  @Test
  void deadLetter_manyAtOnce_allAreKept() throws Exception {
    List<String> ids =
        Race.of(
            RACERS,
            i ->
                () -> {
                  String id = Samples.id("message");
                  WorkQueue queue = i % 2 == 0 ? queue() : otherQueue();
                  queue.deadLetter(id, Map.of("number", Integer.toString(i)), "broken");
                  return id;
                });

    assertThat(ids).hasSize(RACERS);
    for (int i = 0; i < RACERS; i++) {
      assertThat(deadLetters(ids.get(i)))
          .containsExactly(new Letter(ids.get(i), Map.of("number", Integer.toString(i)), "broken"));
    }
  }

  @Test
  void checkReachable_reachable_passes() {
    assertThatCode(() -> queue().checkReachable()).doesNotThrowAnyException();
  }
}
