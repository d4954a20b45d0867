package dev.whatsit.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.contracts.DelayedMessagesContract;
import dev.whatsit.domain.queue.DelayedMessage;
import dev.whatsit.domain.queue.DelayedMessages;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.settings.Settings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedDelayedMessagesTest extends DelayedMessagesContract {
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
  protected DelayedMessages delayed() {
    return backend.open(DelayedMessages.class, settings()).orElseThrow();
  }

  @Override
  protected DelayedMessages otherDelayed() {
    return other.open(DelayedMessages.class, settings()).orElseThrow();
  }

  @Override
  protected Instant now() {
    return NOW;
  }

  @Override
  protected List<Map<String, String>> comeBy(Topic topic, Instant instant) {
    Subscription subscription =
        switch (topic) {
          case WORK -> backend.stores(settings()).queue();
          case RESULTS -> backend.stores(settings()).resultSubscription();
          case FETCHES, DEAD_LETTERS -> throw new IllegalArgumentException(topic.name());
        };
    List<Delivery> come = subscription.receive(1000, VISIBILITY, instant);
    come.forEach(delivery -> subscription.defer(delivery, NOW));
    return come.stream().map(Delivery::attributes).toList();
  }

  @Test
  void put_earlierWithinTheSecond_comesThen() {
    DelayedMessage message = new DelayedMessage("name", Topic.WORK, Map.of(), NOW.plusSeconds(60));
    delayed().put(message);

    delayed().put(new DelayedMessage("name", Topic.WORK, Map.of(), NOW.plusMillis(59_200)));

    assertThat(queue().nextVisibleAt()).hasValue(NOW.plusMillis(59_200));
  }

  @Test
  void put_reopened_isStillThereAndNotMadeVisibleByTheRecovery() throws IOException {
    delayed().put(new DelayedMessage("name", Topic.WORK, Map.of(), NOW.plusSeconds(60)));
    backend.close();
    other.close();

    backend = backend();
    backend.stores(settings()).recover(NOW.plusSeconds(30));

    assertThat(queue().nextVisibleAt()).hasValue(NOW.plusSeconds(60));
    assertThat(queue().depth(NOW).delayed()).isOne();
  }

  @Test
  void put_sameAgainWhileItIsDelivered_changesNothing() {
    DelayedMessage message = new DelayedMessage("name", Topic.WORK, Map.of(), NOW.plusSeconds(1));
    delayed().put(message);
    queue().receive(1, VISIBILITY, NOW.plusSeconds(1));

    delayed().put(message);

    assertThat(queue().nextVisibleAt()).hasValue(NOW.plusSeconds(1).plus(VISIBILITY));
  }

  private SqliteWorkQueue queue() {
    return backend.stores(settings()).queue();
  }

  private Settings settings() {
    return Settings.of(Map.of("WHATSIT_DATA", data.toString()));
  }
}
