package dev.whatsit.sweep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.domain.batch.AnnounceBatch;
import dev.whatsit.domain.batch.Batch;
import dev.whatsit.domain.batch.BatchId;
import dev.whatsit.domain.batch.BatchItem;
import dev.whatsit.domain.batch.FetchMessage;
import dev.whatsit.domain.batch.ItemKey;
import dev.whatsit.domain.callback.ResultMessage;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.queue.Message;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.record.WorkError;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.embedded.EmbeddedBackend;
import dev.whatsit.embedded.EmbeddedStores;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How items and batches share the time of a sweep; each message takes a second of it. */
class SweepBatchesTest {
  private static final Instant T0 = Instant.parse("2026-11-21T08:00:00Z");

  @TempDir Path data;

  private final EmbeddedBackend embedded = new EmbeddedBackend();
  private final List<ItemKey> requeued = new ArrayList<>();
  private final List<String> announced = new ArrayList<>();
  private int limit = 100;
  private int calls;
  private int refusals;
  private Instant now = T0.plus(Duration.ofHours(2));
  private EmbeddedStores stores;

  @BeforeEach
  void start() {
    stores = embedded.stores(Settings.of(Map.of("WHATSIT_DATA", data.toString())));
  }

  @AfterEach
  void stop() throws IOException {
    embedded.close();
  }

  @Test
  void sweep_moreItemsThanItHasTimeFor_endsBatchesAllTheSame() {
    create(20);
    BatchId one = ended();
    BatchId two = ended();

    SweepResult swept = sweep(Duration.ofSeconds(10));

    assertThat(announced).containsExactlyInAnyOrder(one.text(), two.text());
    assertThat(swept.found()).isEqualTo(4);
    assertThat(swept.more()).isTrue();
  }

  @Test
  void sweep_manyItems_arePublishedByFewCalls() {
    List<ItemKey> items = create(130);
    limit = 120;

    SweepResult swept = sweep(Duration.ofHours(1));

    assertThat(calls).isEqualTo(2);
    assertThat(requeued).containsExactlyElementsOf(items.subList(0, 120));
    assertThat(swept).isEqualTo(new SweepResult(121, 121, 0, true));
    assertThat(stores.batches().overdueItems(now, 1000)).hasSize(10);
  }

  /** Any of the messages may be in the queue, and each delivery uses up an attempt. */
  @Test
  void sweep_publishThatFailed_isNotRepeatedWithNearlyTheSameItems() {
    List<ItemKey> items = create(130);
    limit = 200;
    refusals = 1;

    SweepResult swept = sweep(Duration.ofHours(1));

    assertThat(calls).isEqualTo(2);
    assertThat(requeued).containsExactlyElementsOf(items.subList(100, 130));
    assertThat(swept).isEqualTo(new SweepResult(131, 31, 100, false));
    assertThat(stores.batches().overdueItems(now, 1000)).hasSize(100);
  }

  @Test
  void sweep_moreBatchesThanItHasTimeFor_requeuesItemsToo() {
    ItemKey item = create(1).get(0);
    for (int i = 0; i < 20; i++) {
      ended();
    }

    sweep(Duration.ofSeconds(10));

    assertThat(announced).hasSize(5);
    assertThat(requeued).containsExactly(item);
  }

  private SweepResult sweep(Duration time) {
    Clock clock = clock();
    MessageQueue queue = new SlowQueue();
    return new SweepBatches(stores.batches(), queue, new AnnounceBatch(queue), limit, time, clock)
        .sweep(new Deadline(clock.instant().plus(Duration.ofHours(1)), clock));
  }

  private List<ItemKey> create(int total) {
    BatchId id = BatchId.random();
    List<BatchItem> items = new ArrayList<>();
    for (int i = 0; i < total; i++) {
      items.add(BatchItem.toFetch(new ItemKey(id, i), "" + i, "https://example.org/a.jpg", T0));
    }
    Batch batch = Batch.of(id, items, "https://example.org/done", T0);
    stores.batches().create(batch, items, null, T0);
    return items.stream().map(BatchItem::key).toList();
  }

  /** A batch that has only final items but is not complete. */
  private BatchId ended() {
    ItemKey item = create(1).get(0);
    WorkError error = new WorkError("BROKEN", "Broken.", false);
    stores.batches().change(item, found -> found.failed(error, T0));
    return item.batch();
  }

  private final class SlowQueue implements MessageQueue {
    @Override
    public List<String> publish(Topic topic, List<Message> messages, @Nullable Instant notBefore) {
      now = now.plusSeconds(messages.size());
      if (topic == Topic.RESULTS) {
        messages.forEach(
            message ->
                announced.add(ResultMessage.fromAttributes(message.attributes()).subject().id()));
      } else {
        calls++;
        if (refusals-- > 0) {
          throw new TransientFailure("away");
        }
        messages.forEach(
            message -> requeued.add(FetchMessage.fromAttributes(message.attributes()).item()));
      }
      return messages.stream().map(Message::name).toList();
    }

    @Override
    public boolean schedules() {
      return false;
    }

    @Override
    public void check(Topic topic) {}
  }

  private Clock clock() {
    InstantSource hand = () -> now;
    return hand.withZone(ZoneOffset.UTC);
  }
}
