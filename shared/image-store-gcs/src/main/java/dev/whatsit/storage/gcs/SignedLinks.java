package dev.whatsit.storage.gcs;

import com.google.api.core.ApiClock;
import com.google.auth.ServiceAccountSigner;
import com.google.auth.ServiceAccountSigner.SigningException;
import com.google.cloud.storage.BlobInfo;
import com.google.cloud.storage.Storage;
import com.google.cloud.storage.Storage.SignUrlOption;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Signs V4 links to Cloud Storage. The response to a link has the image's media type, even if the
 * object has another one, and is displayed, not downloaded.
 *
 * <p>The start of a link's lifetime is rounded down to steps of half a lifetime. So an image's link
 * stays the same for that long, in every process, and each process signs it once. The most recently
 * used links are cached. Thread-safe.
 */
final class SignedLinks {
  /** The number of cached links, of about 1 KiB each. */
  private static final int MAX_CACHED = 4096;

  private final StorageClient client;
  private final String bucket;
  private final ObjectArea area;
  private final long lifetimeSeconds;
  private final @Nullable String account;
  private volatile @Nullable ServiceAccountSigner signer;
  private final Map<LinkKey, FutureTask<URI>> cached =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<LinkKey, FutureTask<URI>> eldest) {
          return size() > MAX_CACHED;
        }
      };

  private record LinkKey(ImageHash hash, ImageFormat format, long fromSecond) {}

  /** Links to one area of the settings' bucket. */
  SignedLinks(StorageClient client, GcsSettings settings, ObjectArea area) {
    this.client = client;
    this.bucket = settings.bucket();
    this.area = area;
    this.lifetimeSeconds = settings.linkLifetime().toSeconds();
    this.account = settings.linkAccount();
  }

  /** Signs a link that is valid for at least half of its lifetime from now on. */
  URI sign(ImageDescription description, Instant now) {
    long from = start(now);
    LinkKey key = new LinkKey(description.hash(), description.format(), from);
    FutureTask<URI> mine = new FutureTask<>(() -> signed(key));
    FutureTask<URI> link;
    synchronized (cached) {
      FutureTask<URI> known = cached.putIfAbsent(key, mine);
      link = known == null ? mine : known;
    }
    if (link == mine) {
      mine.run();
    }
    try {
      return link.get();
    } catch (ExecutionException e) {
      synchronized (cached) {
        cached.remove(key, link);
      }
      if (e.getCause() instanceof TransientFailure failure) {
        // Callers that waited for this signature fail with it: if each one retried, they would
        // queue up.
        throw link == mine
            ? failure
            : new TransientFailure(
                "image store: another call could not sign a link to image " + key.hash(), failure);
      }
      throw new IllegalStateException("cannot sign a link to image " + key.hash(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TransientFailure("image store: interrupted while signing a link", e);
    }
  }

  /** When a link that is signed now expires. */
  Instant expiry(Instant now) {
    return Instant.ofEpochSecond(start(now) + lifetimeSeconds);
  }

  private long start(Instant now) {
    long step = lifetimeSeconds / 2;
    return Math.floorDiv(now.getEpochSecond(), step) * step;
  }

  private URI signed(LinkKey key) {
    return client.call(
        "sign a link to image " + key.hash(),
        storage -> {
          ServiceAccountSigner signing = signer();
          try {
            return signed(key, storage, signing);
          } catch (SigningException e) {
            throw new IOException(signing.getAccount() + ": " + e.getCause(), e);
          }
        });
  }

  private URI signed(LinkKey key, Storage storage, ServiceAccountSigner signing) {
    Instant from = Instant.ofEpochSecond(key.fromSecond());
    // The library starts a link's lifetime at its clock's time.
    Storage then =
        storage.getOptions().toBuilder()
            .setClock(new FixedClock(from.toEpochMilli()))
            .build()
            .getService();
    URL link =
        then.signUrl(
            BlobInfo.newBuilder(bucket, area.nameOf(key.hash())).build(),
            lifetimeSeconds,
            TimeUnit.SECONDS,
            SignUrlOption.withV4Signature(),
            SignUrlOption.withHostName(client.endpoint().getRawAuthority()),
            SignUrlOption.withQueryParams(
                Map.of(
                    "response-content-disposition",
                    "inline",
                    "response-content-type",
                    key.format().mediaType())),
            SignUrlOption.signWith(signing));
    return URI.create(link.toString());
  }

  /** Cached; the first use must be within a call. */
  private ServiceAccountSigner signer() throws Exception {
    ServiceAccountSigner known = signer;
    if (known == null) {
      known = client.signer(account);
      signer = known;
    }
    return known;
  }

  private record FixedClock(long millisTime) implements ApiClock {
    @Override
    public long nanoTime() {
      return System.nanoTime();
    }
  }
}
