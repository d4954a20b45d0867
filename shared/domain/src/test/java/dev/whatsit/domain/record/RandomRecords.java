package dev.whatsit.domain.record;

import dev.whatsit.domain.classification.Annotation;
import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.classification.ClassifierIdentity;
import dev.whatsit.domain.classification.DetectedObject;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Generates records from a seed. */
final class RandomRecords {
  private static final int EARLIEST = -2_000_000_000;
  private static final long SPAN = 8_000_000_000L;
  private static final int MILLIS = 1_000;
  private static final int NANOS_PER_MILLI = 1_000_000;
  private static final int MAX_LABELS = 4;

  private RandomRecords() {}

  private static ImageDescription image(Random random) {
    byte[] digest = new byte[32];
    random.nextBytes(digest);
    ImageFormat[] formats = ImageFormat.values();
    return new ImageDescription(
        ImageHash.ofDigest(digest),
        formats[random.nextInt(formats.length)],
        1 + random.nextLong(Long.MAX_VALUE),
        1 + random.nextInt(Integer.MAX_VALUE),
        1 + random.nextInt(Integer.MAX_VALUE));
  }

  static ImageRecord record(Status status, Random random) {
    boolean processing = status == Status.PROCESSING;
    return ImageRecord.builder(image(random), instant(random))
        .run(1 + random.nextInt(Integer.MAX_VALUE))
        .status(status)
        .attempts(random.nextInt(Integer.MAX_VALUE))
        .messageId(processing ? text(random) : orNull(random, text(random)))
        .token(processing ? text(random) : orNull(random, text(random)))
        .leaseUntil(processing ? instant(random) : null)
        .cancelRequested(random.nextBoolean())
        .dueAt(orNull(random, instant(random)))
        .deferral(
            status.isFinal() ? null : orNull(random, new Deferral(text(random), instant(random))))
        .classification(status == Status.SUCCESS ? classification(random) : null)
        .error(
            status == Status.ERROR
                ? new WorkError(text(random), text(random), random.nextBoolean())
                : null)
        .expireAt(status.isFinal() ? orNull(random, instant(random)) : null)
        .revision(1 + random.nextLong(Long.MAX_VALUE))
        .history(history(random))
        .watch(orNull(random, new Watch(status.isFinal() ? instant(random) : null)))
        .build();
  }

  private static List<Attempt> history(Random random) {
    List<Attempt> history = new ArrayList<>();
    Attempt.Result[] results = Attempt.Result.values();
    for (int i = random.nextInt(Attempt.MAX_KEPT + 1); i > 0; i--) {
      boolean open = i == 1 && random.nextBoolean();
      history.add(
          new Attempt(
              1 + random.nextInt(Integer.MAX_VALUE),
              1 + random.nextInt(Integer.MAX_VALUE),
              instant(random),
              open ? null : instant(random),
              open ? null : results[random.nextInt(results.length)],
              open ? null : orNull(random, text(random))));
    }
    return history;
  }

  private static Classification classification(Random random) {
    List<Annotation> annotations = new ArrayList<>();
    List<DetectedObject> objects = new ArrayList<>();
    for (int i = random.nextInt(MAX_LABELS); i > 0; i--) {
      annotations.add(new Annotation(text(random), part(random)));
    }
    for (int i = random.nextInt(MAX_LABELS); i > 0; i--) {
      double left = part(random);
      double top = part(random);
      DetectedObject.Box box =
          new DetectedObject.Box(
              left, top, Math.max(left, part(random)), Math.max(top, part(random)));
      objects.add(new DetectedObject(text(random), part(random), box));
    }
    return new Classification(
        annotations, objects, new ClassifierIdentity(text(random), text(random)));
  }

  /** Includes the limits of the range and whole numbers, which look like integers in JSON. */
  private static double part(Random random) {
    return switch (random.nextInt(5)) {
      case 0 -> 0;
      case 1 -> 1;
      default -> random.nextDouble();
    };
  }

  /** Not blank; with characters that are special in JSON and HTML, and with surrogates. */
  private static String text(Random random) {
    StringBuilder text = new StringBuilder("x");
    String[] parts = {"\"", "\\", "<", "é", "猫", "🐈", " ", "\n", "0", "__name__", "."};
    for (int i = random.nextInt(6); i > 0; i--) {
      text.append(parts[random.nextInt(parts.length)]);
    }
    return text.toString();
  }

  /** From 1906 to 2160, in milliseconds. */
  private static Instant instant(Random random) {
    return Instant.ofEpochSecond(
        EARLIEST + random.nextLong(SPAN), (long) random.nextInt(MILLIS) * NANOS_PER_MILLI);
  }

  private static <T> @Nullable T orNull(Random random, T value) {
    return random.nextBoolean() ? value : null;
  }
}
