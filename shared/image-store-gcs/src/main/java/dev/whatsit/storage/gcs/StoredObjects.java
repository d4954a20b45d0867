package dev.whatsit.storage.gcs;

import com.google.api.client.http.HttpResponseException;
import com.google.api.client.json.gson.GsonFactory;
import com.google.api.services.storage.Storage;
import dev.whatsit.domain.failure.TransientFailure;
import java.io.InputStream;
import java.net.URI;
import java.util.Optional;

/** Reads objects. Safe for use by several threads. */
final class StoredObjects {
  private static final int NOT_FOUND = 404;

  private final URI endpoint;
  private final StorageCalls calls;

  /**
   * Objects of one service.
   *
   * @param endpoint scheme and authority of the service
   */
  StoredObjects(URI endpoint, StorageCalls calls) {
    this.endpoint = endpoint;
    this.calls = calls;
  }

  /**
   * Opens an object.
   *
   * @param action what is being done, after "cannot"
   * @return its bytes, or empty when the bucket has no such object
   * @throws TransientFailure for everything else, a bucket that is not there included
   */
  Optional<InputStream> open(String action, String bucket, String name) {
    return calls.make(
        action,
        attempt -> {
          Storage client = client(attempt);
          Storage.Objects.Get get = client.objects().get(bucket, name);
          get.getRequestHeaders().setAcceptEncoding("identity");
          try {
            return Optional.of(get.executeMediaAsInputStream());
          } catch (HttpResponseException e) {
            if (e.getStatusCode() != NOT_FOUND) {
              throw e;
            }
          }
          // A bucket that is not there is 404 too. To take that for an object that is gone would
          // end an image's work for good. Who may not list is answered 403 above.
          client
              .objects()
              .list(bucket)
              .setPrefix(name)
              .setMaxResults(1L)
              .setFields("kind")
              .execute();
          return Optional.empty();
        });
  }

  /** A client for one attempt. */
  Storage client(StorageCalls.Exchange attempt) {
    return new Storage.Builder(
            attempt.transport(), GsonFactory.getDefaultInstance(), attempt.initializer())
        .setApplicationName("whatsit")
        .setRootUrl(endpoint + "/")
        .build();
  }
}
