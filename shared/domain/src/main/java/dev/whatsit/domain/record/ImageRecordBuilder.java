package dev.whatsit.domain.record;

import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.image.ImageDescription;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes a record, or one like another with some parts changed; {@link ImageRecord} says what each
 * part is. Not thread-safe.
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

  /** Sets what {@link ImageRecord#run} is. */
  public ImageRecordBuilder run(int run) {
    this.run = run;
    return this;
  }

  /** Sets what {@link ImageRecord#status} is. */
  public ImageRecordBuilder status(Status status) {
    this.status = status;
    return this;
  }

  /** Sets what {@link ImageRecord#attempts} is. */
  public ImageRecordBuilder attempts(int attempts) {
    this.attempts = attempts;
    return this;
  }

  /** Sets what {@link ImageRecord#messageId} is. */
  public ImageRecordBuilder messageId(@Nullable String messageId) {
    this.messageId = messageId;
    return this;
  }

  /** Sets what {@link ImageRecord#token} is. */
  public ImageRecordBuilder token(@Nullable String token) {
    this.token = token;
    return this;
  }

  /** Sets what {@link ImageRecord#leaseUntil} is. */
  public ImageRecordBuilder leaseUntil(@Nullable Instant leaseUntil) {
    this.leaseUntil = leaseUntil;
    return this;
  }

  /** Sets what {@link ImageRecord#cancelRequested} is. */
  public ImageRecordBuilder cancelRequested(boolean cancelRequested) {
    this.cancelRequested = cancelRequested;
    return this;
  }

  /** Sets what {@link ImageRecord#dueAt} is. */
  public ImageRecordBuilder dueAt(@Nullable Instant dueAt) {
    this.dueAt = dueAt;
    return this;
  }

  /** Sets what {@link ImageRecord#deferral} is. */
  public ImageRecordBuilder deferral(@Nullable Deferral deferral) {
    this.deferral = deferral;
    return this;
  }

  /** Sets what {@link ImageRecord#classification} is. */
  public ImageRecordBuilder classification(@Nullable Classification classification) {
    this.classification = classification;
    return this;
  }

  /** Sets what {@link ImageRecord#error} is. */
  public ImageRecordBuilder error(@Nullable WorkError error) {
    this.error = error;
    return this;
  }

  /** Sets what {@link ImageRecord#createdAt} is. */
  public ImageRecordBuilder createdAt(Instant createdAt) {
    this.createdAt = createdAt;
    return this;
  }

  /** Sets what {@link ImageRecord#updatedAt} is. */
  public ImageRecordBuilder updatedAt(Instant updatedAt) {
    this.updatedAt = updatedAt;
    return this;
  }

  /** Sets what {@link ImageRecord#expireAt} is. */
  public ImageRecordBuilder expireAt(@Nullable Instant expireAt) {
    this.expireAt = expireAt;
    return this;
  }

  /** Sets what {@link ImageRecord#revision} is. */
  public ImageRecordBuilder revision(long revision) {
    this.revision = revision;
    return this;
  }

  /** Sets what {@link ImageRecord#history} is. */
  public ImageRecordBuilder history(List<Attempt> history) {
    this.history = history;
    return this;
  }

  /** Sets what {@link ImageRecord#watch} is. */
  public ImageRecordBuilder watch(@Nullable Watch watch) {
    this.watch = watch;
    return this;
  }

  /**
   * The record.
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
