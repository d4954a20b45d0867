package dev.whatsit.status;

import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.image.ImageLinks;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.http.Answer;
import dev.whatsit.http.EntityTags;
import dev.whatsit.http.Exchange;
import dev.whatsit.http.ImageResource;
import dev.whatsit.http.ProblemException;
import dev.whatsit.http.Problems;
import dev.whatsit.http.Routes;
import java.net.URI;
import java.time.Clock;
import java.time.Instant;

/** {@code GET /v1/images/{hash}}: one read, and a link that is signed here and nowhere else. */
final class StatusHandler implements Routes.Handler {
  private static final String RETRY_AFTER_SECONDS = "1";

  private final RecordStore records;
  private final ImageLinks links;
  private final Clock clock;

  StatusHandler(RecordStore records, ImageLinks links, Clock clock) {
    this.records = records;
    this.links = links;
    this.clock = clock;
  }

  @Override
  public Answer handle(Exchange exchange) {
    ImageHash hash =
        ImageHash.parse(exchange.pathParameter())
            .orElseThrow(() -> new ProblemException(Problems.invalidHash()));
    Instant now = clock.instant();
    ImageRecord record =
        records.find(hash, now).orElseThrow(() -> new ProblemException(Problems.imageNotFound()));
    String etag = "\"" + record.run() + "-" + record.revision() + "\"";
    boolean isFinal = record.status().isFinal();
    URI link = links.sign(record.image(), now).uri();
    Answer answer = Answer.json(isFinal ? 200 : 202, ImageResource.toJson(record, link));
    if (EntityTags.match(exchange.joinedHeader("If-None-Match").orElse(""), etag)) {
      answer = answer.asNotModified();
    }
    if (!isFinal) {
      answer = answer.with("Retry-After", RETRY_AFTER_SECONDS);
    }
    return answer.with("ETag", etag).with("Cache-Control", "private, no-cache");
  }
}
