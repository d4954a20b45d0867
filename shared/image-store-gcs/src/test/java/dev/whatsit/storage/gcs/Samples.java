package dev.whatsit.storage.gcs;

import com.google.auth.Credentials;
import com.google.cloud.NoCredentials;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.storage.gcs.StorageClient.Limits;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.concurrent.Callable;

/** Values for tests. */
final class Samples {
  static final Instant NOW = Instant.parse("2026-11-21T08:19:44Z");
  static final String BUCKET = "whatsit-images";
  static final Duration LINK_LIFETIME = Duration.ofMinutes(10);

  /** Long timeouts and short pauses, so that no test fails on a slow machine. */
  static final Limits PATIENT =
      new Limits(
          Duration.ofMinutes(2),
          Duration.ofMinutes(1),
          Duration.ofMinutes(1),
          Duration.ofNanos(100),
          4);

  private Samples() {}

  static byte[] bytes(long seed, int size) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  static ImageDescription image(byte[] content) {
    return image(content, ImageFormat.JPEG);
  }

  static ImageDescription image(byte[] content, ImageFormat format) {
    ImageHash hash = ImageHash.ofDigest(ImageHash.newDigest().digest(content));
    return new ImageDescription(hash, format, content.length, 4, 3);
  }

  static GcsSettings settings(String bucket) {
    return new GcsSettings(bucket, null, Duration.ofMinutes(1), LINK_LIFETIME, null);
  }

  /** A client of a development server. */
  static StorageClient client(URI endpoint, Limits limits) {
    return client(endpoint, NoCredentials::getInstance, limits);
  }

  static StorageClient client(URI endpoint, Callable<Credentials> credentials, Limits limits) {
    return new StorageClient(endpoint, credentials, limits);
  }

  /** A store of images on a development server. */
  static GcsImageStore store(URI endpoint, String bucket, Limits limits) {
    return new GcsImageStore(client(endpoint, limits), settings(bucket), ObjectArea.IMAGES);
  }
}
