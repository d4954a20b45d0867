package dev.whatsit.fetch;

import dev.whatsit.domain.batch.AnnounceBatch;
import dev.whatsit.domain.batch.BatchItem;
import dev.whatsit.domain.batch.BatchProgress;
import dev.whatsit.domain.batch.BatchStore;
import dev.whatsit.domain.batch.Changed;
import dev.whatsit.domain.batch.FetchMessage;
import dev.whatsit.domain.batch.ItemKey;
import dev.whatsit.domain.batch.ItemStatus;
import dev.whatsit.domain.failure.CircuitBreaker;
import dev.whatsit.domain.failure.FailureCodes;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.queue.DeadLetterMessage;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.queue.TraceParent;
import dev.whatsit.domain.queue.UnreadableMessage;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.record.WorkError;
import dev.whatsit.events.AckResult;
import dev.whatsit.events.MessageHandler;
import dev.whatsit.events.ReceivedMessage;
import dev.whatsit.http.ProblemException;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import dev.whatsit.outbound.OutboundUrl;
import dev.whatsit.outbound.image.FetchedImage;
import dev.whatsit.outbound.image.ImageFetch;
import dev.whatsit.outbound.image.SourceFailure;
import dev.whatsit.submission.SubmitImage;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Handles a message about an open item of a batch. Messages arrive at least once, in any order, and
 * concurrently. The steps: fetch the image and submit it as an upload would; write its hash to the
 * item; subscribe the item at the image's record; end the item if the image is final by then. In
 * this order a crash between two steps loses nothing, and a repeated step costs a call and changes
 * nothing. While the circuit of a server that does not respond is open, the items with a source on
 * it are deferred. Thread-safe.
 */
final class ProcessBatchItem implements MessageHandler {
  /** When the sweep requeues an item after a fetch has begun; longer than a delivery may take. */
  private static final Duration REQUEUE_AFTER = Duration.ofMinutes(5);

  /** A fetch that began more often than this and never ended is assumed to crash the process. */
  private static final int MAX_STARTS = 50;

  /** How long an item may wait for our own ports to work; as long as for a classifier. */
  private static final Duration MAX_WAIT = Duration.ofDays(7);

  private static final EventLog LOG = EventLog.of(ProcessBatchItem.class);

  private final BatchStore batches;
  private final RecordStore records;
  private final MessageQueue queue;
  private final ImageFetch imageFetch;
  private final CircuitBreaker servers;
  private final SubmitImage submitImage;
  private final BatchProgress progress;
  private final AnnounceBatch announce;
  private final int attempts;
  private final Clock clock;

  /**
   * Creates the use case.
   *
   * @param servers a circuit for each server that hosts sources
   * @param attempts how often a source that fails temporarily is requested, at least 1
   */
  ProcessBatchItem(
      BatchStore batches,
      RecordStore records,
      MessageQueue queue,
      ImageFetch imageFetch,
      CircuitBreaker servers,
      SubmitImage submitImage,
      AnnounceBatch announce,
      int attempts,
      Clock clock) {
    this.batches = batches;
    this.records = records;
    this.queue = queue;
    this.imageFetch = imageFetch;
    this.servers = servers;
    this.submitImage = submitImage;
    this.progress = new BatchProgress(batches);
    this.announce = announce;
    this.attempts = attempts;
    this.clock = clock;
  }

  @Override
  public AckResult handle(ReceivedMessage received) {
    FetchMessage message;
    try {
      message = FetchMessage.fromAttributes(received.attributes());
    } catch (UnreadableMessage e) {
      return unreadable(received, e);
    }
    Labels labels =
        Labels.of("batch", message.item().batch())
            .and("item", message.item().index())
            .and("message_id", received.messageId())
            .inTrace(message.trace() == null ? null : message.trace().traceId());
    Instant now = clock.instant();
    Optional<BatchItem> started =
        batches
            .change(message.item(), item -> item.fetchStarted(now.plus(REQUEUE_AFTER), now))
            .map(Changed::value);
    if (started.isEmpty()) {
      LOG.warning("no such item", labels, null);
      return AckResult.ACKNOWLEDGE;
    }
    BatchItem item = started.get();
    if (item.status().isFinal()) {
      // The instance that ended the item may have crashed before it completed the batch.
      progress.complete(item.key().batch(), now).ifPresent(announce::announce);
      LOG.info("nothing to do", labels);
      return AckResult.ACKNOWLEDGE;
    }
    return item.status() == ItemStatus.FETCHING
        ? fetch(item, message.trace(), labels)
        : await(item, labels);
  }

  /** Dead-letters a message that can never be parsed, so that an operator finds it. */
  @Override
  public AckResult unreadable(ReceivedMessage received, UnreadableMessage why) {
    queue.publish(
        Topic.DEAD_LETTERS,
        new DeadLetterMessage(
                received.messageId(), received.attributes(), "unreadable: " + why.getMessage())
            .toMessage());
    LOG.error("dead-lettered: unreadable", Labels.of("message_id", received.messageId()), why);
    return AckResult.ACKNOWLEDGE;
  }

  private AckResult fetch(BatchItem item, @Nullable TraceParent trace, Labels labels) {
    Labels attempt = labels.and("attempt", item.fetches());
    String sourceUrl = item.sourceUrl();
    if (sourceUrl == null) {
      throw new IllegalStateException("an item to be fetched has a source: " + item.key());
    }
    if (item.fetches() > MAX_STARTS) {
      LOG.error("given up", attempt, null);
      return failFetch(
          item.key(),
          new WorkError(
              FailureCodes.GIVEN_UP,
              "The fetch was started many times and never completed.",
              true));
    }
    ImageRecord record;
    Optional<BatchItem> known;
    try {
      OutboundUrl url = imageFetch.check(sourceUrl);
      submitImage.requireRoom();
      CircuitBreaker.Permit permit = servers.acquire(url.origin(), clock.instant());
      Optional<Instant> until = permit.refusedUntil();
      if (until.isPresent()) {
        return defer(item, until.get(), attempt);
      }
      record = submitted(url, permit, trace);
      Instant now = clock.instant();
      known = batches.change(item.key(), found -> found.followed(record, now)).map(Changed::value);
    } catch (SourceFailure e) {
      boolean temporary = isTemporary(e);
      Labels failed = attempt.and("code", e.code());
      if (temporary && item.fetches() < attempts) {
        LOG.info("will be fetched again", failed);
        return AckResult.RETRY;
      }
      LOG.info("not fetched", failed);
      return failFetch(item.key(), new WorkError(e.code(), e.detail(), temporary));
    } catch (TransientFailure | ProblemException e) {
      return release(item, e, attempt);
    }
    Labels fetched = attempt.and("image_hash", record.hash());
    LOG.info("fetched", fetched);
    if (known.isPresent() && known.get().status() == ItemStatus.WAITING) {
      return await(known.get(), fetched);
    }
    progress.complete(item.key().batch(), clock.instant()).ifPresent(announce::announce);
    return AckResult.ACKNOWLEDGE;
  }

  /**
   * Defers the fetch while the server's circuit is open, so that waiting for that server takes no
   * capacity from other items. The sweep requeues the item when it is due.
   */
  private AckResult defer(BatchItem item, Instant until, Labels labels) {
    if (item.fetches() >= attempts) {
      LOG.info("not fetched", labels.and("code", SourceFailure.UNREACHABLE));
      return failFetch(
          item.key(),
          new WorkError(
              SourceFailure.UNREACHABLE,
              "The server did not respond to several requests in a row.",
              true));
    }
    batches.change(item.key(), found -> found.fetchDeferred(until, clock.instant()));
    LOG.info("fetch put off", labels.and("until", until));
    return AckResult.ACKNOWLEDGE;
  }

  /** Fetches an image, and reports to the circuit breaker whether its server responded. */
  private FetchedImage fetched(OutboundUrl url, CircuitBreaker.Permit permit) {
    try {
      FetchedImage fetched = imageFetch.fetch(url);
      permit.succeeded();
      return fetched;
    } catch (SourceFailure e) {
      if (e.hasResponse()) {
        permit.succeeded();
      } else if (!e.code().equals(SourceFailure.FORBIDDEN)) {
        // The address guard's refusal says nothing about the server.
        permit.failed(clock.instant());
      }
      throw e;
    } finally {
      permit.close();
    }
  }

  private ImageRecord submitted(
      OutboundUrl url, CircuitBreaker.Permit permit, @Nullable TraceParent trace) {
    try (FetchedImage fetched = fetched(url, permit)) {
      Instant now = clock.instant();
      ImageHash hash = fetched.image().hash();
      Optional<ImageRecord> known = submitImage.known(hash, now);
      return known.isPresent()
          ? submitImage.again(known.get(), trace, null, now)
          : submitImage.submit(fetched.image(), fetched.received().bytes(), trace, null, now);
    }
  }

  /**
   * Nacks without counting the attempt, after a failure that is not the source's: a port is
   * unavailable, or the queue is full, or there is no memory at this moment.
   */
  private AckResult release(BatchItem item, RuntimeException failure, Labels labels) {
    Instant now = clock.instant();
    if (Duration.between(item.createdAt(), now).compareTo(MAX_WAIT) >= 0) {
      LOG.error("given up", labels, failure);
      return failFetch(
          item.key(),
          new WorkError(
              FailureCodes.GIVEN_UP, "The image could not be stored for seven days.", true));
    }
    LOG.warning("comes again", labels, failure);
    try {
      batches.change(item.key(), found -> found.fetchReleased(now));
    } catch (TransientFailure e) {
      // The attempt stays counted, but no more than one: while the store is unavailable, no other
      // fetch can begin.
      LOG.warning("attempt stays counted", labels, e);
    }
    return AckResult.RETRY;
  }

  /** Subscribes an item, already written as waiting, to its image; ends it if that is final. */
  private AckResult await(BatchItem item, Labels labels) {
    ImageHash hash = item.imageHash();
    if (hash == null) {
      throw new IllegalStateException("an item that waits has an image: " + item.key());
    }
    Instant now = clock.instant();
    Optional<ImageRecord> record = records.watchCurrentRun(hash, now);
    if (record.isEmpty()) {
      LOG.info("image unknown", labels);
      return fail(item.key(), BatchItem.imageUnknown());
    }
    if (record.get().status().isFinal()) {
      LOG.info("ended", labels);
      progress.follow(item.key(), record.get(), now).ifPresent(announce::announce);
    } else {
      LOG.info("waits", labels);
    }
    return AckResult.ACKNOWLEDGE;
  }

  /** Fails the item, unless another delivery got an image: then the item waits for that one. */
  private AckResult failFetch(ItemKey key, WorkError error) {
    progress.failFetch(key, error, clock.instant()).ifPresent(announce::announce);
    return AckResult.ACKNOWLEDGE;
  }

  private AckResult fail(ItemKey key, WorkError error) {
    progress.fail(key, error, clock.instant()).ifPresent(announce::announce);
    return AckResult.ACKNOWLEDGE;
  }

  /** Whether the failure is temporary: a later request to the same source may well succeed. */
  private static boolean isTemporary(SourceFailure failure) {
    long status = failure.members().getOrDefault("source_status", 0L);
    return switch (failure.code()) {
      case SourceFailure.UNREACHABLE, SourceFailure.TIMEOUT -> true;
      case SourceFailure.STATUS ->
          status == 408 || status == 425 || status == 429 || status / 100 == 5;
      default -> false;
    };
  }
}
