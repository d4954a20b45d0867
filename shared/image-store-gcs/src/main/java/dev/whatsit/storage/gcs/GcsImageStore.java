package dev.whatsit.storage.gcs;

import com.google.cloud.storage.BlobInfo;
import com.google.cloud.storage.Storage.BlobTargetOption;
import com.google.cloud.storage.StorageException;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageBytes;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.image.ImageStore;
import java.io.InputStream;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Stores each image, or each thumbnail, in an object named by its hash ({@link ObjectArea}).
 *
 * <p>A write is one request, whether the object exists or not. The service itself refuses to
 * replace an object ({@code ifGenerationMatch=0}), and refuses corrupted bytes (CRC32C). If the
 * response to a write was lost and a retry finds the object, the result is {@link
 * Put#ALREADY_THERE}: the writer of the object is unknown, but the bytes are the same.
 *
 * <p>The library takes the bytes as one array. {@link ImageBytes} that consist of one array are
 * passed without a copy, and the write needs a few KiB of additional memory. Otherwise the bytes
 * are copied, which needs their size once more until the write ends. Thread-safe.
 */
final class GcsImageStore implements ImageStore {
  private static final String CREATE = "storage.objects.create";
  private static final String READ = "storage.objects.get";
  private static final String OVERWRITE = "storage.objects.delete";
  private static final int FORBIDDEN = 403;
  private static final int PRECONDITION_FAILED = 412;

  private final StorageClient client;
  private final String bucket;
  private final ObjectArea area;
  private final SignedLinks links;

  /** A store for one area of the settings' bucket. */
  GcsImageStore(StorageClient client, GcsSettings settings, ObjectArea area) {
    this.client = client;
    this.bucket = settings.bucket();
    this.area = area;
    this.links = new SignedLinks(client, settings, area);
  }

  @Override
  public Put putIfAbsent(ImageDescription description, ImageBytes content) {
    BlobInfo object =
        BlobInfo.newBuilder(bucket, area.nameOf(description.hash()))
            .setContentType(description.format().mediaType())
            .build();
    return client.call(
        "store image " + description.hash() + " in the bucket " + bucket,
        storage -> {
          try {
            // The library computes and sends the CRC32C.
            storage.create(
                object,
                content.toArray(),
                BlobTargetOption.doesNotExist(),
                BlobTargetOption.disableGzipContent());
            return Put.STORED;
          } catch (StorageException e) {
            if (e.getCode() == PRECONDITION_FAILED || isRefusedOverwrite(e)) {
              return Put.ALREADY_THERE;
            }
            throw e;
          }
        });
  }

  @Override
  public Optional<InputStream> open(ImageHash hash) {
    return client.open(
        "open image " + hash + " in the bucket " + bucket, bucket, area.nameOf(hash));
  }

  @Override
  public void delete(ImageHash hash) {
    // The client returns false when the object does not exist.
    client.call(
        "delete image " + hash + " in the bucket " + bucket,
        storage -> storage.delete(bucket, area.nameOf(hash)));
  }

  @Override
  public URI link(ImageDescription description, Instant now) {
    return links.sign(description, now);
  }

  @Override
  public Instant linkExpiry(Instant now) {
    return links.expiry(now);
  }

  @Override
  public Optional<URI> location(ImageHash hash) {
    return Optional.of(URI.create("gs://" + bucket + "/" + area.nameOf(hash)));
  }

  /**
   * Tests which permissions the account has on the bucket; any account may ask that. This verifies
   * that the bucket exists, that the credentials are valid, and that the account may create or read
   * objects.
   */
  @Override
  public void check() {
    List<Boolean> granted =
        client.call(
            "reach the bucket " + bucket,
            storage -> storage.testIamPermissions(bucket, List.of(CREATE, READ)));
    if (!granted.contains(true)) {
      throw new TransientFailure(
          "image store: this account may neither create nor read objects in the bucket "
              + bucket
              + "; grant it roles/storage.objectCreator or roles/storage.objectViewer there");
    }
  }

  /**
   * Whether the request failed because the object exists and this account may not replace it. To
   * overwrite takes the permission to delete, which an account that only creates does not have
   * (documented for inserts at cloud.google.com/storage/docs/json_api/v1/objects/insert).
   */
  private static boolean isRefusedOverwrite(StorageException e) {
    return e.getCode() == FORBIDDEN && String.valueOf(e.getMessage()).contains(OVERWRITE);
  }
}
