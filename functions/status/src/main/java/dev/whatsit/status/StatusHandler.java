package dev.whatsit.status;

import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.thumbnail.ThumbnailRecords;
import dev.whatsit.domain.thumbnail.ThumbnailRecords.ImageWithThumbnails;
import dev.whatsit.http.ApiRequest;
import dev.whatsit.http.ApiResponse;
import dev.whatsit.http.CompletionWaiter;
import dev.whatsit.http.EntityTags;
import dev.whatsit.http.ImageResource;
import dev.whatsit.http.ImageResource.ThumbnailBody;
import dev.whatsit.http.ProblemException;
import dev.whatsit.http.Problems;
import dev.whatsit.http.Routes;
import java.time.Clock;
import java.time.Instant;
import java.util.List;

/** {@code GET /v1/images/{hash}}: one store read. No other function signs links. */
final class StatusHandler implements Routes.Handler {
  private final ThumbnailRecords records;
  private final ImageStore images;
  private final ImageStore thumbnails;
  private final CompletionWaiter waiter;
  private final Clock clock;

  StatusHandler(
      ThumbnailRecords records,
      ImageStore images,
      ImageStore thumbnails,
      CompletionWaiter waiter,
      Clock clock) {
    this.records = records;
    this.images = images;
    this.thumbnails = thumbnails;
    this.waiter = waiter;
    this.clock = clock;
  }

  @Override
  public ApiResponse handle(ApiRequest request) {
    ImageHash hash = request.imageHash();
    ImageWithThumbnails found = find(hash);
    CompletionWaiter.Result waited = waiter.await(request, found.record());
    // After a wait the record is newer, and its thumbnails may exist by now.
    ImageWithThumbnails image = waited.record().equals(found.record()) ? found : find(hash);
    boolean isFinal = image.record().status().isFinal();
    Instant now = clock.instant();
    String etag = EntityTags.of(image.record(), image.thumbnails(), images.linkExpiry(now));
    // A 304 signs nothing: signing may take a remote call.
    ApiResponse response =
        EntityTags.match(request.joinedHeader("If-None-Match").orElse(""), etag)
            ? ApiResponse.notModified()
            : ApiResponse.json(isFinal ? 200 : 202, resource(image, now));
    if (!isFinal) {
      response = response.with("Retry-After", ImageResource.retryAfterSeconds(image.record(), now));
    }
    return waited.mark(response).with("ETag", etag).with("Cache-Control", "private, no-cache");
  }

  private ImageWithThumbnails find(ImageHash hash) {
    return records
        .find(hash, clock.instant())
        .orElseThrow(() -> new ProblemException(Problems.imageNotFound()));
  }

  /** With signed links; without the member {@code thumbnails} until thumbnails were attempted. */
  private ImageResource resource(ImageWithThumbnails image, Instant now) {
    List<ThumbnailBody> bodies =
        image.thumbnails().stream()
            .map(one -> ThumbnailBody.of(one, picture -> thumbnails.link(picture, now)))
            .toList();
    ImageRecord record = image.record();
    return ImageResource.of(
        record, images.link(record.image(), now), bodies.isEmpty() ? null : bodies);
  }
}
