package dev.whatsit.http;

import dev.whatsit.domain.record.ImageRecord;

/** Creates responses about an image that several functions return. */
public final class ImageAnswers {
  private static final String RETRY_AFTER_SECONDS = "1";

  private ImageAnswers() {}

  /**
   * 202: the work is under way; {@code Location} and {@code Retry-After} say where and when to ask
   * for its result.
   */
  public static Answer underWay(ImageRecord record, PublicUrl publicUrl) {
    return Answer.json(202, ImageResource.toJson(record, null))
        .with("Location", publicUrl.ofImage(record.hash()))
        .with("Retry-After", RETRY_AFTER_SECONDS);
  }
}
