package dev.whatsit.storage.gcs;

import dev.whatsit.domain.classification.ModelFiles;
import java.io.InputStream;
import java.net.URI;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads models from objects of any bucket, {@code gs://bucket/name}. Needs {@code
 * storage.objects.get} and {@code storage.objects.list} there. Thread-safe.
 */
final class GcsModelFiles implements ModelFiles {
  private static final Pattern LOCATION = Pattern.compile("gs://([^/]+)/(.+)");

  private final StorageClient client;

  GcsModelFiles(StorageClient client) {
    this.client = client;
  }

  @Override
  public Optional<InputStream> open(URI location) {
    Matcher parts = LOCATION.matcher(location.toString());
    if (!parts.matches()) {
      throw new IllegalArgumentException("not like gs://bucket/name: " + location);
    }
    return client.open("open " + location, parts.group(1), parts.group(2));
  }
}
