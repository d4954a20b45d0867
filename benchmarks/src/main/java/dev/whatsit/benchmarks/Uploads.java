package dev.whatsit.benchmarks;

import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageLimits;
import dev.whatsit.domain.image.ImageValidator;
import dev.whatsit.domain.image.Inspection;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.embedded.EmbeddedStores;
import dev.whatsit.http.ImageReceiver;
import dev.whatsit.http.MemoryBudget;
import dev.whatsit.http.ReceivedImage;
import dev.whatsit.submission.QueueLimit;
import dev.whatsit.submission.SubmitImage;
import java.io.ByteArrayInputStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;

/** The upload path without HTTP, in the order of the upload function: receive, inspect, submit. */
public final class Uploads {
  private final ImageReceiver receiver =
      new ImageReceiver(
          ImageLimits.DEFAULT_BYTES, new MemoryBudget(256 << 20), Duration.ofMinutes(1));
  private final ImageValidator validator = new ImageValidator(ImageLimits.DEFAULT);
  private final SubmitImage submitImage;

  /** Uploads to these stores. */
  public Uploads(EmbeddedStores stores) {
    this.submitImage = new SubmitImage(
            stores.images(),
            stores.messages(),
            stores.records(),
            QueueLimit.ofImages(0, stores.records(), Clock.systemUTC()));
  }

  /** Uploads one image, new or known. */
  public ImageRecord upload(byte[] body) {
    try (ReceivedImage received =
        receiver.receive(new ByteArrayInputStream(body), OptionalLong.of(body.length))) {
      if (!(validator.inspect(received.bytes()) instanceof Inspection.Accepted accepted)) {
        throw new IllegalStateException("the validator refused a photo");
      }
      ImageDescription image = accepted.describe(received.hash(), received.bytes().size());
      Instant now = Instant.now();
      return submitImage
          .known(image.hash(), now)
          .orElseGet(() -> submitImage.submit(image, received.bytes(), null, null, now));
    }
  }
}
