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

/** {@code GET /v1/images/{hash}}: one store read. No other function signs links. */
final class StatusHandler implements Routes.Handler {
  /** Digits of a digest: enough to tell all states of an image apart. */
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
    // After a wait the record is newer, and its thumbnails may exist by now.
    Illustrated image = waited.record().equals(found.record()) ? found : find(hash);
    boolean isFinal = image.record().status().isFinal();
    String etag = etag(image);
    // A 304 signs nothing: the tag does not cover links, and signing may take a remote call.
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

  /** Covers the record's revision and the thumbnails, which have none; links are not covered. */
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
