package dev.whatsit.domain.record;

import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.image.ImageDescription;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Builds a new record or a changed copy of one; {@link ImageRecord} documents each component. Not
 * thread-safe.
 */
public final class ImageRecordBuilder {
  private final ImageDescription image;
  private int run = 1;
  private Status status = Status.PENDING;
  private int attempts;
  private @Nullable String messageId;
  private @Nullable String token;
  private @Nullable Instant leaseUntil;
  private boolean cancelRequested;
  private @Nullable Instant dueAt;
  private @Nullable Deferral deferral;
  private @Nullable Classification classification;
  private @Nullable WorkError error;
  private Instant createdAt;
  private Instant updatedAt;
  private @Nullable Instant expireAt;
  private long revision = 1;
  private List<Attempt> history = List.of();
  private @Nullable Watch watch;

  ImageRecordBuilder(ImageDescription image, Instant createdAt) {
    this.image = image;
    this.createdAt = createdAt;
    this.updatedAt = createdAt;
  }

  ImageRecordBuilder(ImageRecord record) {
    this.image = record.image();
    this.run = record.run();
    this.status = record.status();
    this.attempts = record.attempts();
    this.messageId = record.messageId();
    this.token = record.token();
    this.leaseUntil = record.leaseUntil();
    this.cancelRequested = record.cancelRequested();
    this.dueAt = record.dueAt();
    this.deferral = record.deferral();
    this.classification = record.classification();
    this.error = record.error();
    this.createdAt = record.createdAt();
    this.updatedAt = record.updatedAt();
    this.expireAt = record.expireAt();
    this.revision = record.revision();
    this.history = record.history();
    this.watch = record.watch();
  }

  public ImageRecordBuilder run(int run) {
    this.run = run;
    return this;
  }

  public ImageRecordBuilder status(Status status) {
    this.status = status;
    return this;
  }

  public ImageRecordBuilder attempts(int attempts) {
    this.attempts = attempts;
    return this;
  }

  public ImageRecordBuilder messageId(@Nullable String messageId) {
    this.messageId = messageId;
    return this;
  }

  public ImageRecordBuilder token(@Nullable String token) {
    this.token = token;
    return this;
  }

  public ImageRecordBuilder leaseUntil(@Nullable Instant leaseUntil) {
    this.leaseUntil = leaseUntil;
    return this;
  }

  public ImageRecordBuilder cancelRequested(boolean cancelRequested) {
    this.cancelRequested = cancelRequested;
    return this;
  }

  public ImageRecordBuilder dueAt(@Nullable Instant dueAt) {
    this.dueAt = dueAt;
    return this;
  }

  public ImageRecordBuilder deferral(@Nullable Deferral deferral) {
    this.deferral = deferral;
    return this;
  }

  public ImageRecordBuilder classification(@Nullable Classification classification) {
    this.classification = classification;
    return this;
  }

  public ImageRecordBuilder error(@Nullable WorkError error) {
    this.error = error;
    return this;
  }

  public ImageRecordBuilder createdAt(Instant createdAt) {
    this.createdAt = createdAt;
    return this;
  }

  public ImageRecordBuilder updatedAt(Instant updatedAt) {
    this.updatedAt = updatedAt;
    return this;
  }

  public ImageRecordBuilder expireAt(@Nullable Instant expireAt) {
    this.expireAt = expireAt;
    return this;
  }

  public ImageRecordBuilder revision(long revision) {
    this.revision = revision;
    return this;
  }

  public ImageRecordBuilder history(List<Attempt> history) {
    this.history = history;
    return this;
  }

  public ImageRecordBuilder watch(@Nullable Watch watch) {
    this.watch = watch;
    return this;
  }

  /**
   * Builds the record.
   *
   * @throws IllegalArgumentException naming what does not fit
   */
  public ImageRecord build() {
    return new ImageRecord(
        image,
        run,
        status,
        attempts,
        messageId,
        token,
        leaseUntil,
        cancelRequested,
        dueAt,
        deferral,
        classification,
        error,
        createdAt,
        updatedAt,
        expireAt,
        revision,
        history,
        watch);
  }
}
