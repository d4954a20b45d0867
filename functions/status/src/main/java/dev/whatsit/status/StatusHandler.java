package dev.whatsit.status;

import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.thumbnail.Thumbnail;
import dev.whatsit.domain.thumbnail.ThumbnailRecords;
import dev.whatsit.domain.thumbnail.ThumbnailRecords.Illustrated;
import dev.whatsit.http.Answer;
import dev.whatsit.http.EntityTags;
import dev.whatsit.http.Exchange;
import dev.whatsit.http.ImageResource;
import dev.whatsit.http.ProblemException;
import dev.whatsit.http.Problems;
import dev.whatsit.http.Routes;
import dev.whatsit.http.Waiting;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;

/** {@code GET /v1/images/{hash}}: one read, and links that are signed here and nowhere else. */
final class StatusHandler implements Routes.Handler {
  /** Digits of a digest, enough that no two states of an image ever share them. */
  private static final int TAG_DIGITS = 16;

  private final ThumbnailRecords images;
  private final Links links;
  private final Waiting waiting;
  private final Clock clock;

  StatusHandler(ThumbnailRecords images, Links links, Waiting waiting, Clock clock) {
    this.images = images;
    this.links = links;
    this.waiting = waiting;
    this.clock = clock;
  }

  @Override
  public Answer handle(Exchange exchange) {
    ImageHash hash = exchange.imageHash();
    Illustrated found = find(hash);
    Waiting.Waited waited = waiting.await(exchange, found.record());
    // Who waited has seen a later record, whose thumbnails may be there meanwhile.
    Illustrated image = waited.record().equals(found.record()) ? found : find(hash);
    boolean isFinal = image.record().status().isFinal();
    String etag = etag(image);
    // Links do not count, and to sign them can be a call to another service.
    Answer answer =
        EntityTags.match(exchange.joinedHeader("If-None-Match").orElse(""), etag)
            ? Answer.notModified()
            : Answer.json(isFinal ? 200 : 202, links.toJson(image, clock.instant()));
    if (!isFinal) {
      answer =
          answer.with(
              "Retry-After", ImageResource.retryAfterSeconds(image.record(), clock.instant()));
    }
    return waited.mark(answer).with("ETag", etag).with("Cache-Control", "private, no-cache");
  }

  private Illustrated find(ImageHash hash) {
    return images
        .find(hash, clock.instant())
        .orElseThrow(() -> new ProblemException(Problems.imageNotFound()));
  }

  /** Of the record's revision, and of the thumbnails, which have none. Links do not count. */
  private static String etag(Illustrated image) {
    ImageRecord record = image.record();
    String revision = record.run() + "-" + record.revision();
    return image.thumbnails().isEmpty()
        ? "\"" + revision + "\""
        : "\"" + revision + "-" + digest(image.thumbnails()) + "\"";
  }

  private static String digest(List<Thumbnail> thumbnails) {
    byte[] text = thumbnails.toString().getBytes(StandardCharsets.UTF_8);
    return ImageHash.ofDigest(ImageHash.newDigest().digest(text)).hex().substring(0, TAG_DIGITS);
  }
}
