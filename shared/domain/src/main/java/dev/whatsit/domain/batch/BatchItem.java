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
 * One item of a batch: one document of its own, so that items end at the same moment without
 * waiting for each other. Once final it never changes, also when its image is run again.
 *
 * <p>The steps are pure functions from an item to the next one; a store makes each one conditional
 * write.
 *
 * @param key which one
 * @param name under which its sender finds it again; each of a batch has another
 * @param sourceUrl where its image comes from, or null when the image was named
 * @param imageHash which image it is about; null until that is known
 * @param run from which run of that image on a result is this item's; 0 while there is no image
 * @param status where it stands
 * @param fetches how often a fetch was begun, or put off for the sake of others, and not given
 *     back, from 0
 * @param annotations what was recognised; in {@code success} only
 * @param error why it failed; set in {@code error} only
 * @param createdAt when it was submitted
 * @param updatedAt when this was written; what is final has that of its submission only when it was
 *     final from the start
 * @param overdueAt from when on nobody may be carrying it any more; null when it is final
 * @param expireAt that of its batch; null for never
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

  /**
   * Takes a copy of the list, and checks that the parts fit the status.
   *
   * @throws IllegalArgumentException naming what does not fit
   */
  public BatchItem {
    annotations = List.copyOf(annotations);
    require(run >= 0, "run must not be negative", run);
    require(fetches >= 0, "fetches must not be negative", fetches);
    require(
        (error != null) == (status == ItemStatus.ERROR),
        "an error belongs to error and only there",
        status);
    require(
        (overdueAt == null) == status.isFinal(), "what is open has a time, and only that", status);
    require(
        status != ItemStatus.FETCHING || (sourceUrl != null && imageHash == null),
        "what is fetched has a source and no image yet",
        status);
    require(
        status != ItemStatus.WAITING || (imageHash != null && run >= 1),
        "what waits has an image and a run",
        status);
    require(
        annotations.isEmpty() || status == ItemStatus.SUCCESS,
        "annotations belong to success",
        status);
  }

  /** An item whose image is to be fetched. */
  public static BatchItem toFetch(ItemKey key, String name, String sourceUrl, Instant now) {
    return new BatchItem(
        key,
        name,
        sourceUrl,
        null,
        0,
        ItemStatus.FETCHING,
        0,
        List.of(),
        null,
        now,
        now,
        RecheckBackoff.until(now, now),
        null);
  }

  /**
   * An item about an image that was named: final at once when the image is.
   *
   * @param record of that image, or null when there is none, which is this item's error
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
    return new BatchItem(
        key,
        name,
        null,
        hash,
        run,
        ItemStatus.WAITING,
        0,
        List.of(),
        null,
        now,
        now,
        RecheckBackoff.until(now, now),
        null);
  }

  /**
   * The item as it was submitted, which it tells by itself: what has a source was to be fetched,
   * and of the rest only what was final from the start was not written since. But for the run, when
   * its image was run again before it ended.
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

  /** The same item, which is kept as long as its batch. */
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

  /** The error of an item whose image nobody submitted, or whose record is gone. */
  public static WorkError imageUnknown() {
    return new WorkError(
        FailureCodes.IMAGE_UNKNOWN,
        "No image with this hash was submitted. Send it to POST /v1/images.",
        false);
  }

  /**
   * The item after a fetch was begun, or empty when it is not to be fetched any more. The fetch is
   * counted here, so that one that kills its process counts too.
   *
   * @param until when somebody else is to look at it
   */
  public Optional<BatchItem> fetchBegun(Instant until, Instant now) {
    return status == ItemStatus.FETCHING
        ? Optional.of(open(imageHash, run, status, fetches + 1, until, now))
        : Optional.empty();
  }

  /**
   * The item after a fetch that was begun is not made now, because its server answers nobody. That
   * counts as if it had been made, so that it has an end. Empty when it is not to be fetched any
   * more.
   *
   * @param until when it is to be begun again
   */
  public Optional<BatchItem> fetchPutOff(Instant until, Instant now) {
    return status == ItemStatus.FETCHING
        ? Optional.of(open(imageHash, run, status, fetches, until, now))
        : Optional.empty();
  }

  /**
   * The item after a fetch came to nothing through no fault of its source, which does not count.
   * Empty when there is nothing to give back.
   */
  public Optional<BatchItem> fetchGivenBack(Instant now) {
    return status == ItemStatus.FETCHING && fetches > 0 && overdueAt != null
        ? Optional.of(open(imageHash, run, status, fetches - 1, overdueAt, now))
        : Optional.empty();
  }

  /**
   * The item after a look at its image's record: it waits for the image from now on, or is as final
   * as the image is. Empty when there is nothing to change: it is final, or waits for another image
   * or a later run, or the image's work goes on.
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
                RecheckBackoff.until(createdAt, now),
                now));
  }

  /**
   * The item after its source gave no image for good. Empty when it is not to be fetched any more:
   * another delivery of the same message got one, or ended it.
   */
  public Optional<BatchItem> fetchFailed(WorkError error, Instant now) {
    return status == ItemStatus.FETCHING ? failed(error, now) : Optional.empty();
  }

  /** The item after it failed for good, or empty when it is final. */
  public Optional<BatchItem> failed(WorkError error, Instant now) {
    return status.isFinal()
        ? Optional.empty()
        : Optional.of(
            ended(imageHash, run, ItemStatus.ERROR, List.of(), error, afterSubmission(now)));
  }

  /** The overdue item to be looked at again later, or empty when it is not overdue. */
  public Optional<BatchItem> postponed(Instant now) {
    return overdueAt == null || overdueAt.isAfter(now)
        ? Optional.empty()
        : Optional.of(open(imageHash, run, status, fetches, RecheckBackoff.until(createdAt, now), now));
  }

  /** By which an item that ended later differs from one that was final from the start. */
  private Instant afterSubmission(Instant now) {
    // In documents instants have milliseconds.
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

  /** Without the URL, which may be secret. */
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
