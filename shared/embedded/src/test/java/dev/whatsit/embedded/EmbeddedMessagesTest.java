package dev.whatsit.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.contracts.MessageQueueContract;
import dev.whatsit.domain.callback.ResultMessage;
import dev.whatsit.domain.callback.Subject;
import dev.whatsit.domain.queue.DeadLetterMessage;
import dev.whatsit.domain.queue.Message;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.settings.Settings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedMessagesTest extends MessageQueueContract {
  private static final Instant NOW = Instant.parse("2026-11-21T08:19:44Z");
  private static final Duration VISIBILITY = Duration.ofMinutes(3);

  private Path data;
  private EmbeddedBackend backend;
  private EmbeddedBackend other;

  @BeforeEach
  void open(@TempDir Path folder) {
    data = folder;
    backend = backend();
    other = backend();
  }

  @AfterEach
  void close() throws IOException {
    backend.close();
    other.close();
  }

  private static EmbeddedBackend backend() {
    return new EmbeddedBackend(() -> NOW, QueuePolicy.DEFAULT, new Random(1));
  }

  @Override
  protected MessageQueue queue() {
    return backend.messages(settings(), Set.of(Topic.values())).orElseThrow();
  }

  @Override
  protected MessageQueue otherQueue() {
    return other.messages(settings(), Set.of(Topic.values())).orElseThrow();
  }

  @Override
  protected Map<String, String> awaitDelivery(Topic topic, String messageId) {
    return receive(subscription(topic), NOW).stream()
        .filter(delivery -> delivery.messageId().equals(messageId))
        .findFirst()
        .orElseThrow(() -> new AssertionError("not delivered: " + messageId))
        .attributes();
  }

  @Override
  protected List<DeadLetterMessage> deadLetters(String messageId) {
    return backend.stores(settings()).messages().deadLetters(1000).stream()
        .filter(letter -> letter.messageId().equals(messageId))
        .map(
            letter ->
                new DeadLetterMessage(letter.messageId(), letter.attributes(), letter.reason()))
        .toList();
  }

  @Override
  protected Instant now() {
    return NOW;
  }

  @Override
  protected List<Map<String, String>> deliveredBy(Topic topic, Instant instant) {
    return receive(subscription(topic), instant).stream().map(Delivery::attributes).toList();
  }

  @Test
  void publish_resultToAllOfAnImage_reachesNotifiersAndProgress() {
    ResultMessage message = ResultMessage.toAll(Subject.of(Samples.image(1).hash(), 1));

    queue().publish(Topic.RESULTS, message.toMessage());

    EmbeddedStores stores = backend.stores(settings());
    assertThat(receive(stores.resultSubscription(), NOW))
        .map(delivery -> ResultMessage.fromAttributes(delivery.attributes()))
        .containsExactly(message);
    assertThat(receive(stores.progressSubscription(), NOW))
        .map(delivery -> ResultMessage.fromAttributes(delivery.attributes()))
        .containsExactly(message);
  }

  @Test
  void publish_resultOfABatch_reachesNotifiersOnly() {
    queue().publish(Topic.RESULTS, ResultMessage.toAll(new Subject("batch", 1)).toMessage());

    EmbeddedStores stores = backend.stores(settings());
    assertThat(receive(stores.resultSubscription(), NOW)).hasSize(1);
    assertThat(receive(stores.progressSubscription(), NOW)).isEmpty();
  }

  @Test
  void publish_sameDeadLetterAgain_isOneLetter() {
    Map<String, String> attributes = Map.of("a", "b");

    for (String reason : List.of("first", "second")) {
      queue()
          .publish(Topic.DEAD_LETTERS, new DeadLetterMessage("id", attributes, reason).toMessage());
    }
    queue()
        .publish(
            Topic.DEAD_LETTERS, new DeadLetterMessage("id", Map.of(), "no attributes").toMessage());

    assertThat(deadLetters("id"))
        .map(DeadLetterMessage::reason)
        .containsExactlyInAnyOrder("first", "no attributes");
  }

  @Test
  void schedule_earlierWithinTheSecond_isDeliveredThen() {
    schedule(NOW.plusSeconds(60));

    schedule(NOW.plusMillis(59_200));

    assertThat(work().nextVisibleAt()).hasValue(NOW.plusMillis(59_200));
  }

  @Test
  void schedule_sameAgainWhileItIsDelivered_changesNothing() {
    schedule(NOW.plusSeconds(1));
    work().receive(1, VISIBILITY, NOW.plusSeconds(1));

    schedule(NOW.plusSeconds(1));

    assertThat(work().nextVisibleAt()).hasValue(NOW.plusSeconds(1).plus(VISIBILITY));
  }

  @Test
  void schedule_reopened_isStillThereAndNotMadeVisibleByTheRecovery() throws IOException {
    schedule(NOW.plusSeconds(60));
    backend.close();
    other.close();

    backend = backend();
    backend.stores(settings()).recover(NOW.plusSeconds(30));

    assertThat(work().nextVisibleAt()).hasValue(NOW.plusSeconds(60));
    assertThat(work().depth(NOW).delayed()).isOne();
  }

  private void schedule(Instant due) {
    queue().publish(Topic.WORK, List.of(new Message("name", Map.of())), due);
  }

  private static List<Delivery> receive(Subscription subscription, Instant instant) {
    List<Delivery> deliveries = subscription.receive(2000, VISIBILITY, instant);
    deliveries.forEach(delivery -> subscription.defer(delivery, NOW));
    return deliveries;
  }

  private Subscription subscription(Topic topic) {
    EmbeddedStores stores = backend.stores(settings());
    return switch (topic) {
      case WORK -> stores.workSubscription();
      case RESULTS -> stores.resultSubscription();
      case FETCHES -> stores.fetchSubscription();
      case DEAD_LETTERS -> stores.deadLetterSubscription();
    };
  }

  private Subscription work() {
    return backend.stores(settings()).workSubscription();
  }

  private Settings settings() {
    return Settings.of(Map.of("WHATSIT_DATA", data.toString()));
  }
}
