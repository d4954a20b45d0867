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
import dev.whatsit.http.Waiting;
import java.net.URI;
import java.time.Clock;

/** {@code GET /v1/images/{hash}}: one read, and a link that is signed here and nowhere else. */
final class StatusHandler implements Routes.Handler {
  private final RecordStore records;
  private final ImageLinks links;
  private final Waiting waiting;
  private final Clock clock;

  StatusHandler(RecordStore records, ImageLinks links, Waiting waiting, Clock clock) {
    this.records = records;
    this.links = links;
    this.waiting = waiting;
    this.clock = clock;
  }

  @Override
  public Answer handle(Exchange exchange) {
    ImageHash hash = exchange.imageHash();
    ImageRecord found =
        records
            .find(hash, clock.instant())
            .orElseThrow(() -> new ProblemException(Problems.imageNotFound()));
    Waiting.Waited waited = waiting.await(exchange, found);
    ImageRecord record = waited.record();
    String etag = "\"" + record.run() + "-" + record.revision() + "\"";
    boolean isFinal = record.status().isFinal();
    URI link = links.sign(record.image(), clock.instant()).uri();
    Answer answer = Answer.json(isFinal ? 200 : 202, ImageResource.toJson(record, link));
    if (EntityTags.match(exchange.joinedHeader("If-None-Match").orElse(""), etag)) {
      answer = answer.asNotModified();
    }
    if (!isFinal) {
      answer = answer.with("Retry-After", ImageResource.retryAfterSeconds(record, clock.instant()));
    }
    return waited.mark(answer).with("ETag", etag).with("Cache-Control", "private, no-cache");
  }
}
