package dev.whatsit.classifier.vision;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.ClassifierProvider;
import dev.whatsit.domain.backend.Ports;
import dev.whatsit.domain.classification.Classifier;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.record.SpendingLedger;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import java.time.InstantSource;
import java.util.function.Function;

/**
 * Builds the classifier named {@code vision}: Cloud Vision, which reads the images from Cloud
 * Storage itself. Credentials are loaded, and the client is built, when the first image is
 * classified.
 *
 * <ul>
 *   <li>{@code VISION_FEATURES}: one or more of {@code labels}, {@code safe_search}, {@code text},
 *       {@code objects}, {@code colours}, {@code landmarks}, {@code logos}, {@code web}, separated
 *       by commas, default {@code labels}. Each one costs one unit per image.
 *   <li>{@code VISION_MONTHLY_LIMIT}: units in a month of America/Los_Angeles, over all instances;
 *       no limit when it is not set. Every request counts, even a failed one, unless it was not
 *       sent or Vision refused its caller (quota, permission or credentials). At the limit, images
 *       are deferred until the next month or until the limit is raised.
 *   <li>{@code MIN_CONFIDENCE} 0 to 1, default 0.3; {@code MAX_ANNOTATIONS} 1 to 100, default 5.
 *   <li>{@code CLASSIFIER_DEADLINE_SECONDS} 1 to 600, default 60: for all requests of one image
 *       together.
 *   <li>{@code VISION_ENDPOINT}: another address, as {@code eu-vision.googleapis.com:443} for one
 *       region or {@code http://127.0.0.1:4444} for a development server, without TLS and
 *       credentials.
 * </ul>
 */
public final class VisionClassifierProvider implements ClassifierProvider {
  private final InstantSource clock;
  private final Function<DocumentStore, MonthlyUnits.Ledger> ledger;

  /** For the {@link java.util.ServiceLoader}. */
  public VisionClassifierProvider() {
    this(InstantSource.system(), documents -> new SpendingLedger(documents)::reserve);
  }

  VisionClassifierProvider(
      InstantSource clock, Function<DocumentStore, MonthlyUnits.Ledger> ledger) {
    this.clock = clock;
    this.ledger = ledger;
  }

  @Override
  public String name() {
    return "vision";
  }

  /**
   * Builds the classifier, without a remote call.
   *
   * @throws InvalidSettings naming every wrong setting, or saying that Vision cannot read the
   *     images of the backend
   */
  @Override
  public Classifier open(Settings settings, Backend backend) {
    VisionSettings read = VisionSettings.read(settings);
    Long limit = read.monthlyLimit();
    Ports ports = new Ports(backend, settings);
    ImageStore images = ports.images();
    DocumentStore documents = limit == null ? null : ports.documents();
    ports.verify();
    if (images.location(ImageHash.ofDigest(new byte[32])).isEmpty()) {
      throw settings.refusal(
          SETTING, "is vision, which cannot read the images of the backend " + backend.name());
    }
    MonthlyUnits units =
        limit == null || documents == null
            ? null
            : new MonthlyUnits(ledger.apply(documents), limit, clock);
    VisionClient client = VisionClient.of(read.endpoint());
    return new VisionClassifier(images, read, units, client, clock);
  }
}
