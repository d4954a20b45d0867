package dev.whatsit.domain.batch;

import dev.whatsit.domain.classification.Annotation;
import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.failure.FailureCodes;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.Status;
import dev.whatsit.domain.record.WorkError;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One item of a batch. It is a document of its own, so that items can end concurrently without
 * write conflicts. A final item never changes, even when its image is run again.
 *
 * <p>Each transition is a pure function from an item to the next one; the store makes it one
 * conditional write.
 *
 * @param key the batch and the index
 * @param name name by which the client identifies the item; unique in the batch
 * @param sourceUrl URL of the image, or null when the client named the image by its hash
 * @param imageHash the image; null until it is known
 * @param run the first run of the image that counts for this item; 0 while there is no image
 * @param status the state of the item
 * @param fetches number of fetch attempts, also those deferred by an open circuit breaker, without
 *     those that were released; from 0
 * @param annotations the recognised labels; in {@code success} only
 * @param error why the item failed; set in {@code error} only
 * @param createdAt when the item was submitted
 * @param updatedAt when this state was written; on a final item it equals {@code createdAt} only if
 *     the item was final when it was submitted
 * @param overdueAt from this instant on the item counts as stalled; null when it is final
 * @param expireAt expiry of its batch; null for never
 */
public record BatchItem(
    ItemKey key,
    String name,
    @Nullable String sourceUrl,
    @Nullable ImageHash imageHash,
    int run,
    ItemStatus status,
    int fetches,
    List<Annotation> annotations,
    @Nullable WorkError error,
    Instant createdAt,
    Instant updatedAt,
    @Nullable Instant overdueAt,
    @Nullable Instant expireAt) {

  public BatchItem {
    annotations = List.copyOf(annotations);
    require(run >= 0, "run must not be negative", run);
    require(fetches >= 0, "fetches must not be negative", fetches);
    require(
        (error != null) == (status == ItemStatus.ERROR),
        "an error belongs to error and only there",
        status);
    require(
        (overdueAt == null) == status.isFinal(), "overdueAt is set while the item is open", status);
    require(
        status != ItemStatus.FETCHING || (sourceUrl != null && imageHash == null),
        "fetching needs a source and has no image",
        status);
    require(
        status != ItemStatus.WAITING || (imageHash != null && run >= 1),
        "waiting needs an image and a run",
        status);
    require(
        annotations.isEmpty() || status == ItemStatus.SUCCESS,
        "annotations belong to success",
        status);
  }

  /** An item with an image that must be fetched. */
  public static BatchItem toFetch(ItemKey key, String name, String sourceUrl, Instant now) {
    return submitted(key, name, sourceUrl, null, 0, ItemStatus.FETCHING, now);
  }

  /**
   * An item for an image that the client named by its hash; final at once when the image's work is
   * final.
   *
   * @param record record of the image; null makes the item an error
   */
  public static BatchItem about(
      ItemKey key, String name, ImageHash hash, @Nullable ImageRecord record, Instant now) {
    BatchItem waiting = waiting(key, name, hash, record == null ? 1 : record.run(), now);
    if (record == null) {
      return waiting.ended(hash, waiting.run, ItemStatus.ERROR, List.of(), imageUnknown(), now);
    }
    return record.status().isFinal() ? waiting.ended(record, now) : waiting;
  }

  private static BatchItem waiting(ItemKey key, String name, ImageHash hash, int run, Instant now) {
    return submitted(key, name, null, hash, run, ItemStatus.WAITING, now);
  }

  private static BatchItem submitted(
      ItemKey key,
      String name,
      @Nullable String sourceUrl,
      @Nullable ImageHash imageHash,
      int run,
      ItemStatus status,
      Instant now) {
    return new BatchItem(
        key,
        name,
        sourceUrl,
        imageHash,
        run,
        status,
        0,
        List.of(),
        null,
        now,
        now,
        Batch.recheckAt(now, now),
        null);
  }

  /**
   * Reconstructs the item as it was submitted: an item with a source URL had to be fetched; of the
   * others, only an item that was final at submission still has {@code updatedAt} equal to {@code
   * createdAt}. The run may differ when the image was run again before the item ended.
   */
  public BatchItem asSubmitted() {
    String url = sourceUrl;
    if (url != null) {
      return toFetch(key, name, url, createdAt);
    }
    ImageHash hash = imageHash;
    return hash == null || (status.isFinal() && updatedAt.equals(createdAt))
        ? this
        : waiting(key, name, hash, run, createdAt);
  }

  BatchItem expiring(@Nullable Instant expireAt) {
    return new BatchItem(
        key,
        name,
        sourceUrl,
        imageHash,
        run,
        status,
        fetches,
        annotations,
        error,
        createdAt,
        updatedAt,
        overdueAt,
        expireAt);
  }

  /** The error of an item with an image that was never submitted or has no record any more. */
  public static WorkError imageUnknown() {
    return new WorkError(
        FailureCodes.IMAGE_UNKNOWN,
        "No image with this hash was submitted. Send it to POST /v1/images.",
        false);
  }

  /**
   * The item after a fetch began, or empty when it is no longer to be fetched. The fetch is counted
   * here, so that one that crashes its process counts too.
   *
   * @param until when the item counts as stalled
   */
  public Optional<BatchItem> fetchStarted(Instant until, Instant now) {
    return status == ItemStatus.FETCHING
        ? Optional.of(open(imageHash, run, status, fetches + 1, until, now))
        : Optional.empty();
  }

  /**
   * The item after a fetch that began was deferred because the circuit breaker of its server is
   * open. The fetch stays counted, so that the number of deferrals is limited. Empty when the item
   * is no longer to be fetched.
   *
   * @param until when the next fetch is due
   */
  public Optional<BatchItem> fetchDeferred(Instant until, Instant now) {
    return status == ItemStatus.FETCHING
        ? Optional.of(open(imageHash, run, status, fetches, until, now))
        : Optional.empty();
  }

  /**
   * The item after a fetch failed for a reason other than its source; the fetch is not counted.
   * Empty when there is no counted fetch or the item is no longer to be fetched.
   */
  public Optional<BatchItem> fetchReleased(Instant now) {
    return status == ItemStatus.FETCHING && fetches > 0 && overdueAt != null
        ? Optional.of(open(imageHash, run, status, fetches - 1, overdueAt, now))
        : Optional.empty();
  }

  /**
   * The item after its image's record was read: {@code waiting} for the image, or final when the
   * image's work is. Empty when nothing changes: the item is final, it waits for another image or a
   * later run, or it waits and the image's work is unfinished.
   */
  public Optional<BatchItem> followed(ImageRecord record, Instant now) {
    if (status.isFinal()
        || (status == ItemStatus.WAITING
            && (!record.hash().equals(imageHash) || record.run() < run))) {
      return Optional.empty();
    }
    if (record.status().isFinal()) {
      return Optional.of(ended(record, afterSubmission(now)));
    }
    return status == ItemStatus.WAITING
        ? Optional.empty()
        : Optional.of(
            open(
                record.hash(),
                record.run(),
                ItemStatus.WAITING,
                fetches,
                Batch.recheckAt(createdAt, now),
                now));
  }

  /**
   * The item after its fetch failed permanently. Empty when it is no longer to be fetched, because
   * a duplicate delivery fetched the image or ended the item.
   */
  public Optional<BatchItem> fetchFailed(WorkError error, Instant now) {
    return status == ItemStatus.FETCHING ? failed(error, now) : Optional.empty();
  }

  /** The item after a permanent failure, or empty when it is already final. */
  public Optional<BatchItem> failed(WorkError error, Instant now) {
    return status.isFinal()
        ? Optional.empty()
        : Optional.of(
            ended(imageHash, run, ItemStatus.ERROR, List.of(), error, afterSubmission(now)));
  }

  /**
   * The overdue item with a later check, by {@link Batch#recheckAt}; empty when it is not overdue.
   */
  public Optional<BatchItem> postponed(Instant now) {
    return overdueAt == null || overdueAt.isAfter(now)
        ? Optional.empty()
        : Optional.of(open(imageHash, run, status, fetches, Batch.recheckAt(createdAt, now), now));
  }

  /**
   * An instant after {@code createdAt}: it distinguishes an item that ended later from one that was
   * final when submitted.
   */
  private Instant afterSubmission(Instant now) {
    // Documents store instants with millisecond precision.
    Instant first = createdAt.plusMillis(1);
    return now.isBefore(first) ? first : now;
  }

  private BatchItem ended(ImageRecord record, Instant now) {
    Classification classification = record.classification();
    return ended(
        record.hash(),
        record.run(),
        status(record.status()),
        classification == null ? List.of() : classification.annotations(),
        record.error(),
        now);
  }

  private static ItemStatus status(Status status) {
    return switch (status) {
      case SUCCESS -> ItemStatus.SUCCESS;
      case ERROR -> ItemStatus.ERROR;
      case CANCELED -> ItemStatus.CANCELED;
      default -> throw new IllegalStateException("not final: " + status);
    };
  }

  private BatchItem open(
      @Nullable ImageHash imageHash,
      int run,
      ItemStatus status,
      int fetches,
      Instant overdueAt,
      Instant now) {
    return new BatchItem(
        key, name, sourceUrl, imageHash, run, status, fetches, List.of(), null, createdAt, now,
        overdueAt, expireAt);
  }

  private BatchItem ended(
      @Nullable ImageHash imageHash,
      int run,
      ItemStatus status,
      List<Annotation> annotations,
      @Nullable WorkError error,
      Instant now) {
    return new BatchItem(
        key,
        name,
        sourceUrl,
        imageHash,
        run,
        status,
        fetches,
        annotations,
        error,
        createdAt,
        now,
        null,
        expireAt);
  }

  /** Omits the URL, which may contain secrets. */
  @Override
  public String toString() {
    return "BatchItem[" + key + ", " + status.word() + "]";
  }

  private static void require(boolean holds, String rule, Object value) {
    if (!holds) {
      throw new IllegalArgumentException(rule + ": " + value);
    }
  }
}
