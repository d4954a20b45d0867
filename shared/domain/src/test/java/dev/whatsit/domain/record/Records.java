package dev.whatsit.domain.record;

import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.classification.ClassifierIdentity;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.queue.WorkMessage;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Sample records and claims of one image, all at the same instant unless stated otherwise. */
final class Records {
  static final Instant NOW = Instant.parse("2026-11-21T08:00:00Z");
  static final Instant EARLIER = NOW.minusSeconds(60);
  static final Instant LATER = NOW.plusSeconds(150);
  static final int RUN = 3;
  static final int ATTEMPTS = 2;
  static final ImageDescription IMAGE =
      new ImageDescription(new ImageHash("ab".repeat(32)), ImageFormat.PNG, 1234, 640, 480);
  static final Classification RESULT =
      new Classification(List.of(), List.of(), new ClassifierIdentity("onnx", "model 1"));
  static final WorkError ERROR = new WorkError("IMAGE_GONE", "The image is gone.", false);

  private Records() {}

  /** A record of run 3 with two attempts, held in processing by message m1 with token t1. */
  static ImageRecord in(Status status) {
    return in(status, LATER, false, null, null);
  }

  static ImageRecord processing(Instant leaseUntil, boolean cancelRequested) {
    return in(Status.PROCESSING, leaseUntil, cancelRequested, null, null);
  }

  static ImageRecord due(Status status, Instant dueAt) {
    return in(status, LATER, false, dueAt, null);
  }

  static ImageRecord expiring(Status status, Instant expireAt) {
    return in(status, LATER, false, null, expireAt);
  }

  static ImageRecord in(
      Status status,
      Instant leaseUntil,
      boolean cancelRequested,
      @Nullable Instant dueAt,
      @Nullable Instant expireAt) {
    return ImageRecord.builder(IMAGE, EARLIER)
        .run(RUN)
        .status(status)
        .attempts(ATTEMPTS)
        .messageId("m1")
        .token("t1")
        .leaseUntil(status == Status.PROCESSING ? leaseUntil : null)
        .cancelRequested(cancelRequested)
        .dueAt(dueAt)
        .classification(status == Status.SUCCESS ? RESULT : null)
        .error(status == Status.ERROR ? ERROR : null)
        .expireAt(expireAt)
        .revision(7)
        .build();
  }

  /** A claim of run 3 by message m2 with token t2. */
  static Claim claim() {
    return claim(RUN, "m2", "t2");
  }

  static Claim claim(int run, String messageId, String token) {
    return new Claim(new WorkMessage(IMAGE, run, EARLIER), messageId, token, NOW, LATER);
  }

  /** The record that a claim writes. */
  static ImageRecord written(ImageRecord.Decision decision) {
    if (decision instanceof ImageRecord.Decision.Next next) {
      return next.record();
    }
    throw new AssertionError("nothing was to be written: " + decision);
  }
}
