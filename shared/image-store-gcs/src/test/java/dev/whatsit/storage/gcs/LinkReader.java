package dev.whatsit.storage.gcs;

import dev.whatsit.domain.image.ImageBytes;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.storage.fake.FakeStorage;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A server that has every image, with a clock that the test sets, and a client that opens links.
 */
final class LinkReader implements AutoCloseable {
  private static final Pattern HASH = Pattern.compile("/(images|thumbnails)/([0-9a-f]{64})\\?");

  private final FakeStorage storage;
  private final HttpClient client = HttpClient.newHttpClient();
  private final Set<String> stored = new HashSet<>();
  private volatile Instant now = Samples.NOW;

  LinkReader(Path folder) throws IOException {
    storage = FakeStorage.start(folder, 0, () -> now, Set.of(Samples.BUCKET));
  }

  FakeStorage storage() {
    return storage;
  }

  /** The content type, or empty when the link is refused. */
  Optional<String> follow(URI link, Instant moment) throws Exception {
    HttpResponse<byte[]> answer = open(link, moment);
    return answer.statusCode() == 200
        ? answer.headers().firstValue("Content-Type")
        : Optional.empty();
  }

  HttpResponse<byte[]> open(URI link, Instant moment) throws Exception {
    Matcher hash = HASH.matcher(link.toString());
    if (hash.find() && stored.add(hash.group())) {
      byte[] content = {1, 2, 3};
      new GcsImageStore(
              Samples.client(storage.endpoint(), Samples.PATIENT),
              Samples.settings(Samples.BUCKET),
              ObjectArea.valueOf(hash.group(1).toUpperCase(Locale.ROOT)))
          .putIfAbsent(
              // Stored with another type, so that the test sees the type of the link.
              new ImageDescription(new ImageHash(hash.group(2)), ImageFormat.BMP, 3, 1, 1),
              ImageBytes.of(content));
    }
    now = moment;
    return client.send(HttpRequest.newBuilder(link).build(), BodyHandlers.ofByteArray());
  }

  @Override
  public void close() {
    storage.close();
  }
}
