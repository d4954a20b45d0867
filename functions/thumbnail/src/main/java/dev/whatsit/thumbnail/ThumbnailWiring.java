package dev.whatsit.thumbnail;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.Ports;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.domain.thumbnail.ThumbnailRecords;
import dev.whatsit.events.EventService;
import dev.whatsit.http.Health;
import dev.whatsit.logging.Logging;
import dev.whatsit.picture.DecodeBudget;
import dev.whatsit.picture.PictureDecoder;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Composition root of the thumbnail function. Only this class knows adapters and the clock. */
final class ThumbnailWiring {
  private static final long MIN_BUDGET = 16L << 20;
  private static final long MAX_BUDGET = 1L << 42;
  private static final int HEAP_PARTS = 5;

  /** How long a decode waits for its part of the memory budget. */
  private static final Duration MAX_WAIT = Duration.ofSeconds(15);

  private ThumbnailWiring() {}

  /**
   * Builds the function from these settings and those of the ports:
   *
   * <ul>
   *   <li>{@code THUMBNAIL_SIZES}, see {@link Sizes}.
   *   <li>{@code THUMBNAIL_BUDGET_BYTES}: memory of all decodes together, at least 16 MiB, default
   *       a fifth of the heap.
   *   <li>{@code DECODE_SECONDS}: processor time of one decode, 1 to 40, default 20.
   * </ul>
   */
  static EventService.Wired wire(Map<String, String> values, Backend backend) {
    Settings settings = Settings.of(values);
    Logging.check(settings);
    List<Integer> sizes = Sizes.of(settings);
    long heapShare =
        Math.max(MIN_BUDGET, Math.min(MAX_BUDGET, Runtime.getRuntime().maxMemory() / HEAP_PARTS));
    long budget = settings.integer("THUMBNAIL_BUDGET_BYTES", heapShare, MIN_BUDGET, MAX_BUDGET);
    Duration decodeTime =
        settings.seconds(
            "DECODE_SECONDS",
            Duration.ofSeconds(20),
            Duration.ofSeconds(1),
            Duration.ofSeconds(40));
    Ports ports = new Ports(backend, settings);
    ImageStore images = ports.images();
    ImageStore thumbnails = ports.thumbnails();
    DocumentStore documents = ports.documents();
    ports.verify();
    ThumbnailRecords known = new ThumbnailRecords(documents);
    Clock clock = Clock.systemUTC();
    MakeThumbnails making =
        new MakeThumbnails(
            images,
            thumbnails,
            known,
            new PictureDecoder(new DecodeBudget(budget, MAX_WAIT), decodeTime),
            sizes,
            clock);
    return new EventService.Wired(
        making, new Health(Map.of("images", images::check), clock), () -> {});
  }
}
