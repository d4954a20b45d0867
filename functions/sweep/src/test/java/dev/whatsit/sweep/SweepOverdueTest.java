package dev.whatsit.sweep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.domain.batch.AnnounceBatch;
import dev.whatsit.domain.batch.BatchStore;
import dev.whatsit.domain.callback.CallbackStore;
import dev.whatsit.domain.callback.PublishImageCompleted;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.queue.Message;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.queue.WorkMessage;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.record.WorkError;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.embedded.EmbeddedBackend;
import dev.whatsit.embedded.EmbeddedStores;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a sweep does when single records or its time run out. */
class SweepOverdueTest {
  private static final Instant T0 = Instant.parse("2026-11-21T08:00:00Z");
  private static final Duration TIME = Duration.ofSeconds(45);

  @TempDir Path data;

  private final EmbeddedBackend embedded = new EmbeddedBackend();
  private final List<WorkMessage> published = new ArrayList<>();
  private Instant now = T0.plus(Duration.ofHours(2));
  private Consumer<WorkMessage> onPublish = message -> {};
  private EmbeddedStores stores;
  private RecordStore records;

  @BeforeEach
  void start() {
    stores = embedded.stores(Settings.of(Map.of("WHATSIT_DATA", data.toString())));
    records = stores.records();
    for (int i = 0; i < 4; i++) {
      Instant then = T0.plusSeconds(i);
      records.createIfAbsent(ImageRecord.queued(image(i), "m" + i, then), then);
    }
  }

  @AfterEach
  void stop() throws IOException {
    embedded.close();
  }

  @Test
  void sweep_oneRecordFails_theOthersArePublished() {
    onPublish =
        message -> {
          if (message.image().equals(image(1))) {
            throw new IllegalStateException("an unforeseen failure");
          }
        };

    assertThat(sweep()).isEqualTo(new SweepResult(4, 3, 1, false));

    assertThat(published)
        .extracting(WorkMessage::image)
        .containsExactly(image(0), image(2), image(3));
    assertThat(records.overdue(now, 10)).extracting(ImageRecord::image).containsExactly(image(1));
  }

  @Test
  void sweep_overdueThisVeryMoment_isLeftToTheNextSweep() {
    now = T0.plus(Duration.ofHours(1));
    assertThat(sweep()).isEqualTo(new SweepResult(0, 0, 0, false));

    now = now.plusSeconds(1);
    assertThat(sweep()).isEqualTo(new SweepResult(1, 1, 0, false));
  }

  @Test
  void sweep_timeIsUp_beginsNoFurtherRecordAndSaysThatThereIsMore() {
    onPublish = message -> now = now.plus(TIME.dividedBy(2));

    assertThat(sweep()).isEqualTo(new SweepResult(2, 2, 0, true));
    assertThat(sweep()).isEqualTo(new SweepResult(2, 2, 0, false));
  }

  @Test
  void sweep_eachRecordTakesLongerThanItsTime_getsOnAllTheSame() {
    onPublish = message -> now = now.plus(TIME).plus(TIME);

    assertThat(sweep()).isEqualTo(new SweepResult(1, 1, 0, true));
  }

  @Test
  void sweep_workWentOnBetween_leavesItAlone() {
    onPublish =
        message ->
            records.deadLettered(
                message.image().hash(), message.run(), new WorkError("GIVEN_UP", "d", true), now);

    assertThat(sweep()).isEqualTo(new SweepResult(4, 4, 0, false));

    assertThat(records.find(image(0).hash(), now).orElseThrow().status().isFinal()).isTrue();
  }

  /** Regression: each kind had its own time limit, and the sum exceeded the function timeout. */
  @Test
  void sweep_everyCallIsSlow_endsBeforeTheFunctionIsEnded() {
    Instant begun = now;
    onPublish = message -> now = now.plusSeconds(10);
    DocumentStore slow =
        (DocumentStore)
            Proxy.newProxyInstance(
                DocumentStore.class.getClassLoader(),
                new Class<?>[] {DocumentStore.class},
                (proxy, method, arguments) -> {
                  now = now.plusSeconds(10);
                  return method.invoke(stores.documents(), arguments);
                });
    Duration part = SweepWiring.DEFAULT_TIME.dividedBy(3);
    SweepHandler handler =
        new SweepHandler(
            sweepOverdue(new RecordStore(slow), part),
            new SweepCallbacks(new CallbackStore(slow), new HookedQueue(), 10, part, clock()),
            new SweepBatches(
                new BatchStore(slow),
                new HookedQueue(),
                new AnnounceBatch(stores.messages()),
                10,
                part,
                clock()),
            SweepWiring.DEFAULT_TIME,
            clock());

    List<SweepResult> swept = handler.sweep();

    assertThat(Duration.between(begun, now)).isLessThanOrEqualTo(Duration.ofSeconds(60));
    assertThat(swept.get(0)).isEqualTo(new SweepResult(1, 1, 0, true));
    assertThat(swept.get(2)).isEqualTo(new SweepResult(0, 0, 0, true));
  }

  private SweepResult sweep() {
    Clock clock = clock();
    return sweepOverdue(records, TIME)
        .sweep(new Deadline(clock.instant().plus(Duration.ofHours(1)), clock));
  }

  private SweepOverdue sweepOverdue(RecordStore store, Duration time) {
    return new SweepOverdue(
        store, new HookedQueue(), new PublishImageCompleted(stores.messages()), 10, time, clock());
  }

  private static ImageDescription image(int number) {
    ImageHash hash = new ImageHash(String.format("%064x", number));
    return new ImageDescription(hash, ImageFormat.PNG, 10, 2, 3);
  }

  private final class HookedQueue implements MessageQueue {
    @Override
    public List<String> publish(Topic topic, List<Message> messages, @Nullable Instant notBefore) {
      List<String> ids = new ArrayList<>();
      for (Message message : messages) {
        WorkMessage work = WorkMessage.fromAttributes(message.attributes());
        onPublish.accept(work);
        published.add(work);
        ids.add("fresh-" + published.size());
      }
      return ids;
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
