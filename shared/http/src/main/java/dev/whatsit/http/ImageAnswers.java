package dev.whatsit.http;

import dev.whatsit.domain.record.ImageRecord;

/** Answers that several functions give about an image. */
public final class ImageAnswers {
  private static final String RETRY_AFTER_SECONDS = "1";

  private ImageAnswers() {}

  /** 202: the work of a request is under way, and where and when to ask for its end. */
  public static Answer underWay(ImageRecord record, PublicUrl publicUrl) {
    return Answer.json(202, ImageResource.toJson(record, null))
        .with("Location", publicUrl.ofImage(record.hash()))
        .with("Retry-After", RETRY_AFTER_SECONDS);
  }
}
