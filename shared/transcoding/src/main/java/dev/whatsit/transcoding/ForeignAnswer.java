package dev.whatsit.transcoding;

import org.jspecify.annotations.Nullable;

/** Has a call answered as the service never does: by something between it and the caller. */
public final class ForeignAnswer extends Exception {
  private static final long serialVersionUID = 1L;

  private final int httpStatus;
  private final @Nullable String retryAfter;
  private final String body;

  /**
   * Any answer.
   *
   * @param retryAfter the header, if there is one
   */
  public ForeignAnswer(int httpStatus, @Nullable String retryAfter, String body) {
    super(httpStatus + " " + body);
    this.httpStatus = httpStatus;
    this.retryAfter = retryAfter;
    this.body = body;
  }

  int httpStatus() {
    return httpStatus;
  }

  @Nullable String retryAfter() {
    return retryAfter;
  }

  String body() {
    return body;
  }
}
