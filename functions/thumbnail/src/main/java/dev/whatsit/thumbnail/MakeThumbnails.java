package dev.whatsit.thumbnail;

import dev.whatsit.domain.failure.Deferred;
import dev.whatsit.domain.failure.FailureCodes;
import dev.whatsit.domain.failure.PermanentFailure;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.queue.UnreadableMessage;
import dev.whatsit.domain.queue.WorkMessage;
import dev.whatsit.domain.record.WorkError;
import dev.whatsit.domain.thumbnail.Thumbnail;
import dev.whatsit.domain.thumbnail.ThumbnailRecords;
import dev.whatsit.events.AckResult;
import dev.whatsit.events.MessageHandler;
import dev.whatsit.events.ReceivedMessage;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import dev.whatsit.picture.Miniature;
import dev.whatsit.picture.MiniatureEncoder;
import dev.whatsit.picture.PictureDecoder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * Makes the thumbnails for a message: decodes the image once, makes each size from the next larger
 * one, stores them under the hashes of their own bytes and records them. Every step is idempotent,
 * also concurrently: the same picture gives the same bytes, and those the same object. So no claim
 * is needed. A failure here does not affect the image's own work.
 *
 * <p>Returns {@link AckResult#RETRY} when there is no record to which the thumbnails can be added,
 * or not enough memory. Thread-safe.
 */
final class MakeThumbnails implements MessageHandler {
  /** A message older than this without a record is acked: its work has ended, as for classify. */
  static final Duration MAX_AGE_WITHOUT_RECORD = Duration.ofDays(21);

  /**
   * A younger message is the first of its image, or a redelivery after a failure: a second message
   * is published after a minute at the earliest. For it, a check for existing thumbnails would
   * nearly always be a wasted call.
   */
  static final Duration MAX_AGE_OF_FIRST_DELIVERY = Duration.ofMinutes(1);

  /** No decoder here reads this kind of picture. */
  static final String UNSUPPORTED = "UNSUPPORTED_PICTURE";

  /** The picture was read, but this size of it could not be written. */
  static final String FAILED = "THUMBNAIL_FAILED";

  private static final EventLog LOG = EventLog.of(MakeThumbnails.class);

  private final ImageStore images;
  private final ImageStore thumbnails;
  private final ThumbnailRecords records;
  private final PictureDecoder decoder;
  private final List<Integer> sizes;
  private final Clock clock;

  /**
   * Creates the use case.
   *
   * @param sizes pixels of the longer side, ascending, at least one
   */
  MakeThumbnails(
      ImageStore images,
      ImageStore thumbnails,
      ThumbnailRecords records,
      PictureDecoder decoder,
      List<Integer> sizes,
      Clock clock) {
    this.images = images;
    this.thumbnails = thumbnails;
    this.records = records;
    this.decoder = decoder;
    this.sizes = List.copyOf(sizes);
    this.clock = clock;
  }

  @Override
  public AckResult handle(ReceivedMessage received) {
    WorkMessage message;
    try {
      message = WorkMessage.fromAttributes(received.attributes());
    } catch (UnreadableMessage e) {
      return unreadable(received, e);
    }
    ImageDescription image = message.image();
    Labels labels =
        Labels.of("image_hash", image.hash())
            .and("message_id", received.messageId())
            .inTrace(message.trace() == null ? null : message.trace().traceId());
    Instant begun = clock.instant();
    boolean mayBeKnown =
        message.run() > 1 || message.submittedAt().isBefore(begun.minus(MAX_AGE_OF_FIRST_DELIVERY));
    if (mayBeKnown && areMade(image.hash())) {
      LOG.info("nothing to do", labels);
      return AckResult.ACKNOWLEDGE;
    }
    List<Thumbnail> tried;
    try {
      tried = tryAll(image, labels);
    } catch (Deferred | OutOfMemoryError e) {
      LOG.warning("will be tried again", labels, e);
      return AckResult.RETRY;
    }
    Instant now = clock.instant();
    if (records.put(image.hash(), tried, now)) {
      long made = tried.stream().filter(one -> one.picture() != null).count();
      LOG.info(
          "thumbnails made",
          labels.and("made", made).and("ms", Duration.between(begun, now).toMillis()));
      return AckResult.ACKNOWLEDGE;
    }
    if (message.submittedAt().isBefore(now.minus(MAX_AGE_WITHOUT_RECORD))) {
      LOG.warning("left alone: too old, and without a record", labels, null);
      return AckResult.ACKNOWLEDGE;
    }
    // Upload publishes the message before it writes the record. Classify creates a missing record.
    LOG.info("will be tried again: no record yet", labels);
    return AckResult.RETRY;
  }

  /** Acks: classify gets the same message from its own subscription and dead-letters it. */
  @Override
  public AckResult unreadable(ReceivedMessage received, UnreadableMessage why) {
    LOG.warning("left alone: unreadable", Labels.of("message_id", received.messageId()), why);
    return AckResult.ACKNOWLEDGE;
  }

  /** Whether every size exists; then a retry of the work or a second message has nothing to do. */
  private boolean areMade(ImageHash hash) {
    Optional<ThumbnailRecords.ImageWithThumbnails> found = records.find(hash, clock.instant());
    return found.isPresent()
        && found.get().thumbnails().stream()
            .filter(one -> one.picture() != null)
            .map(Thumbnail::size)
            .toList()
            .equals(sizes);
  }

  private List<Thumbnail> tryAll(ImageDescription image, Labels labels) {
    Miniature picture;
    try {
      picture = decoder.decodeWithin(read(image), image, sizes.get(sizes.size() - 1));
    } catch (PermanentFailure e) {
      LOG.warning("no thumbnails", labels.and("code", e.code()), e);
      WorkError error = error(e);
      return sizes.stream().map(size -> Thumbnail.failed(size, error)).toList();
    }
    List<Thumbnail> tried = new ArrayList<>();
    for (int i = sizes.size() - 1; i >= 0; i--) {
      int size = sizes.get(i);
      picture = picture.within(size);
      tried.add(tryOne(size, picture, labels));
    }
    Collections.reverse(tried);
    return tried;
  }

  private Thumbnail tryOne(int size, Miniature picture, Labels labels) {
    MiniatureEncoder.Encoded encoded;
    try {
      encoded = MiniatureEncoder.encode(picture);
    } catch (RuntimeException e) {
      LOG.error("thumbnail not written", labels.and("size", size), e);
      return Thumbnail.failed(
          size, new WorkError(FAILED, "This size of the picture could not be written.", true));
    }
    MessageDigest digest = ImageHash.newDigest();
    for (ByteBuffer buffer : encoded.bytes().buffers()) {
      digest.update(buffer);
    }
    ImageDescription made =
        new ImageDescription(
            ImageHash.ofDigest(digest.digest()),
            encoded.format(),
            encoded.bytes().size(),
            picture.width(),
            picture.height());
    thumbnails.putIfAbsent(made, encoded.bytes());
    return Thumbnail.made(size, made);
  }

  private byte[] read(ImageDescription image) {
    try (InputStream in = images.open(image.hash()).orElseThrow(() -> gone(image))) {
      return in.readNBytes(Math.toIntExact(image.sizeBytes()));
    } catch (IOException e) {
      throw new TransientFailure("read image " + image.hash(), e);
    }
  }

  private static PermanentFailure gone(ImageDescription image) {
    return new PermanentFailure(
        FailureCodes.IMAGE_GONE,
        "The image " + image.hash() + " is no longer stored.",
        false,
        null);
  }

  /** Replaces the decoder's refusal code, which names the classifier that it was written for. */
  private static WorkError error(PermanentFailure failure) {
    boolean refused = failure.code().equals(FailureCodes.CLASSIFIER_REFUSED);
    return new WorkError(
        refused ? UNSUPPORTED : failure.code(), failure.detail(), failure.retryable());
  }
}
