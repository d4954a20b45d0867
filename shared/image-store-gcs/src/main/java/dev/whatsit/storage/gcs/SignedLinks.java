package dev.whatsit.storage.gcs;

import dev.whatsit.domain.image.ImageLinks;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/**
 * V4 signed links to Cloud Storage. What is read under them has the image's media type, whatever
 * the object says, and is shown, not saved.
 *
 * <p>The beginning of a link's life is rounded down to steps of half a lifetime. So an image's link
 * stays the same for that long, in every process, and each process has it signed once. The latest
 * are kept. Safe for use by several threads.
 */
final class SignedLinks implements ImageLinks {
  /** Links of about 1 KiB each. */
  private static final int KEPT = 4096;

  private final URI endpoint;
  private final String bucket;
  private final ImageObjects.Area area;
  private final long lifetimeSeconds;
  private final Supplier<LinkSigner> signer;
  private final Map<Wanted, FutureTask<SignedLink>> latest =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Wanted, FutureTask<SignedLink>> eldest) {
          return size() > KEPT;
        }
      };

  private record Wanted(ImageHash hash, ImageFormat format, long fromSecond) {}

  /**
   * Links to images.
   *
   * @param endpoint scheme and authority of the service
   * @param lifetime a link's whole life, in whole seconds, from 2 s to 7 days
   * @param signer asked when a link is signed, not before
   */
  SignedLinks(URI endpoint, String bucket, Duration lifetime, Supplier<LinkSigner> signer) {
    this(endpoint, bucket, ImageObjects.Area.IMAGES, lifetime, signer);
  }

  /** Links to what is in an area of the bucket. */
  SignedLinks(
      URI endpoint,
      String bucket,
      ImageObjects.Area area,
      Duration lifetime,
      Supplier<LinkSigner> signer) {
    this.endpoint = endpoint;
    this.bucket = bucket;
    this.area = area;
    this.lifetimeSeconds = lifetime.toSeconds();
    this.signer = signer;
  }

  @Override
  public SignedLink sign(ImageDescription description, Instant now) {
    long step = lifetimeSeconds / 2;
    long from = Math.floorDiv(now.getEpochSecond(), step) * step;
    Wanted wanted = new Wanted(description.hash(), description.format(), from);
    FutureTask<SignedLink> mine = new FutureTask<>(() -> signed(wanted));
    FutureTask<SignedLink> link;
    synchronized (latest) {
      FutureTask<SignedLink> known = latest.putIfAbsent(wanted, mine);
      link = known == null ? mine : known;
    }
    if (link == mine) {
      mine.run();
    }
    try {
      return link.get();
    } catch (ExecutionException e) {
      synchronized (latest) {
        latest.remove(wanted, link);
      }
      if (e.getCause() instanceof TransientFailure failure) {
        // Those who waited for it fail with it: each trying for itself, they would queue up.
        throw link == mine
            ? failure
            : new TransientFailure(
                "image store: another call could not sign a link to image " + wanted.hash(),
                failure);
      }
      throw new IllegalStateException("cannot sign a link to image " + wanted.hash(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TransientFailure("image store: interrupted while signing a link", e);
    }
  }

  private SignedLink signed(Wanted wanted) {
    LinkSigner account = signer.get();
    Instant from = Instant.ofEpochSecond(wanted.fromSecond());
    V4Link link =
        new V4Link(
            endpoint,
            bucket,
            area.nameOf(wanted.hash()),
            Map.of(
                "response-content-disposition",
                "inline",
                "response-content-type",
                wanted.format().mediaType()),
            account.account(),
            from,
            Duration.ofSeconds(lifetimeSeconds));
    byte[] signature = account.sign("sign a link to image " + wanted.hash(), link.toSign());
    return new SignedLink(link.signed(signature), from.plusSeconds(lifetimeSeconds));
  }
}
