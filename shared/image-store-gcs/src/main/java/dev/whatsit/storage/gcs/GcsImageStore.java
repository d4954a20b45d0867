package dev.whatsit.storage.gcs;

import com.google.api.client.googleapis.json.GoogleJsonResponseException;
import com.google.api.client.http.AbstractInputStreamContent;
import com.google.api.client.http.HttpResponseException;
import com.google.api.services.storage.Storage;
import com.google.api.services.storage.model.StorageObject;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageBytes;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageHash;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * Keeps each image, or each thumbnail, in an object named by its hash ({@link ImageObjects}).
 *
 * <p>A write is one request, whether the object is there or not: the service itself refuses to
 * replace it ({@code ifGenerationMatch=0}), and refuses bytes that arrive changed (CRC32C). When
 * the answer to a write was lost and the object is there at the next attempt, that is {@link
 * Put#ALREADY_THERE}: whose bytes they are cannot be told, and they are the same. Safe for use by
 * several threads.
 */
final class GcsImageStore implements ImageStore {
  private static final String CREATE = "storage.objects.create";
  private static final String READ = "storage.objects.get";
  private static final String OVERWRITE = "storage.objects.delete";
  private static final int FORBIDDEN = 403;
  private static final int PRECONDITION_FAILED = 412;

  private final String bucket;
  private final ImageObjects.Area area;
  private final StorageCalls calls;
  private final StoredObjects objects;

  /**
   * A store of images.
   *
   * @param endpoint scheme and authority of the service
   */
  GcsImageStore(URI endpoint, String bucket, StorageCalls calls) {
    this(endpoint, bucket, ImageObjects.Area.IMAGES, calls);
  }

  /** A store of what belongs into an area of the bucket. */
  GcsImageStore(URI endpoint, String bucket, ImageObjects.Area area, StorageCalls calls) {
    this.bucket = bucket;
    this.area = area;
    this.calls = calls;
    this.objects = new StoredObjects(endpoint, calls);
  }

  @Override
  public Put putIfAbsent(ImageDescription description, ImageBytes content) {
    String mediaType = description.format().mediaType();
    StorageObject object =
        new StorageObject()
            .setName(area.nameOf(description.hash()))
            .setContentType(mediaType)
            .setCrc32c(crc32c(content));
    return calls.make(
        "store image " + description.hash() + " in the bucket " + bucket,
        attempt -> {
          Storage.Objects.Insert insert =
              objects
                  .client(attempt)
                  .objects()
                  .insert(bucket, object, new Content(mediaType, content));
          insert.setIfGenerationMatch(0L).setFields("generation").setDisableGZipContent(true);
          insert.getMediaHttpUploader().setDirectUploadEnabled(true);
          try {
            insert.execute();
            return Put.STORED;
          } catch (HttpResponseException e) {
            if (e.getStatusCode() == PRECONDITION_FAILED || isRefusedOverwrite(e)) {
              return Put.ALREADY_THERE;
            }
            throw e;
          }
        });
  }

  @Override
  public Optional<InputStream> open(ImageHash hash) {
    return objects.open(
        "open image " + hash + " in the bucket " + bucket, bucket, area.nameOf(hash));
  }

  @Override
  public Optional<URI> location(ImageHash hash) {
    return Optional.of(URI.create("gs://" + bucket + "/" + area.nameOf(hash)));
  }

  /**
   * Asks which permissions the account has on the bucket, which everyone may ask: whether the
   * bucket is there, the credentials are good, and something can be done with images.
   */
  @Override
  public void checkReachable() {
    List<String> granted =
        calls.make(
            "reach the bucket " + bucket,
            attempt ->
                objects
                    .client(attempt)
                    .buckets()
                    .testIamPermissions(bucket, List.of(CREATE, READ))
                    .execute()
                    .getPermissions());
    if (granted == null || granted.isEmpty()) {
      throw new TransientFailure(
          "image store: this account may neither create nor read objects in the bucket "
              + bucket
              + "; grant it roles/storage.objectCreator or roles/storage.objectViewer there");
    }
  }

  /**
   * Whether the object is there and this account could not have replaced it. Documented for inserts
   * at cloud.google.com/storage/docs/json_api/v1/objects/insert: to overwrite takes the permission
   * to delete, which an account that only creates does not have.
   */
  private static boolean isRefusedOverwrite(HttpResponseException e) {
    return e.getStatusCode() == FORBIDDEN
        && e instanceof GoogleJsonResponseException answer
        && answer.getDetails() != null
        && String.valueOf(answer.getDetails().getMessage()).contains(OVERWRITE);
  }

  private static String crc32c(ImageBytes content) {
    CRC32C checksum = new CRC32C();
    content.buffers().forEach(checksum::update);
    byte[] bigEndian = ByteBuffer.allocate(4).putInt((int) checksum.getValue()).array();
    return Base64.getEncoder().encodeToString(bigEndian);
  }

  /** The bytes as they are, as often as they are asked for. */
  private static final class Content extends AbstractInputStreamContent {
    private final ImageBytes content;

    Content(String mediaType, ImageBytes content) {
      super(mediaType);
      this.content = content;
    }

    @Override
    public InputStream getInputStream() {
      return content.stream();
    }

    @Override
    public long getLength() throws IOException {
      return content.size();
    }

    @Override
    public boolean retrySupported() {
      return true;
    }
  }
}
