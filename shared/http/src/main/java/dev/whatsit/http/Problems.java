package dev.whatsit.http;

import dev.whatsit.domain.failure.LimitReached;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeoutException;

/**
 * The problems that both the functions and the gateway in front of them return, each with one
 * wording.
 */
public final class Problems {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

  /** Short, because uploads are short. */
  private static final Duration ROOM_AGAIN = Duration.ofSeconds(1);

  private Problems() {}

  /** 404: no such path. */
  public static Problem notFound() {
    return Problem.of(
        404,
        "NOT_FOUND",
        "No such path",
        "There is nothing at this path. The paths are listed in /openapi.yaml.");
  }

  /**
   * 405: the path does not support the method.
   *
   * @param allow the methods that the path supports, separated by commas
   */
  public static Problem methodNotAllowed(String allow) {
    return Problem.of(
            405, "METHOD_NOT_ALLOWED", "Method not allowed here", "This path takes " + allow + ".")
        .withHeader("Allow", allow);
  }

  /** 403: a web page of another site asked for a change. */
  public static Problem crossSite() {
    return Problem.of(
        403,
        "CROSS_SITE",
        "A page of another site may not change anything",
        "Nothing was changed. The setting CORS_ORIGINS names the origins whose pages may.");
  }

  /** 412: a condition of the request does not hold. */
  public static Problem preconditionFailed() {
    return Problem.of(
        412,
        "PRECONDITION_FAILED",
        "The condition does not hold",
        "Nothing was changed: If-Match or If-None-Match does not fit the present ETag. GET the"
            + " resource for it.");
  }

  /** 400: the image hash in the path is invalid. */
  public static Problem invalidHash() {
    return Problem.of(
        400,
        "INVALID_HASH",
        "Not an image hash",
        "An image hash is the SHA-256 of the image's bytes as 64 lower-case hexadecimal digits.");
  }

  /** 404: no image with this hash was submitted. */
  public static Problem imageNotFound() {
    return Problem.of(
        404,
        "IMAGE_NOT_FOUND",
        "No such image",
        "No image with this hash was submitted. Send it to POST /v1/images.");
  }

  /** 400: the path is not percent-encoded. */
  public static Problem malformedPath() {
    return malformedRequest(
        "A percent sign in the path is not followed by two hexadecimal digits (RFC 3986"
            + " section 2.1).");
  }

  /** 400: the query is not percent-encoded. */
  public static Problem malformedQuery() {
    return malformedRequest(
        "A percent sign in the query is not followed by two hexadecimal digits (RFC 3986"
            + " section 2.1).");
  }

  /**
   * 400: the request cannot be parsed.
   *
   * @param detail why, and what to do
   */
  public static Problem malformedRequest(String detail) {
    return Problem.of(400, "MALFORMED_REQUEST", "The request cannot be read", detail);
  }

  /** 400: the body ended early, or is not framed as RFC 9112 requires. */
  public static Problem incompleteBody() {
    return Problem.of(
        400,
        "INCOMPLETE_BODY",
        "The body broke off",
        "The body ended early or cannot be read. Nothing was stored. Send it again.");
  }

  /** 400: the form cannot be parsed. */
  public static Problem malformedMultipart() {
    return Problem.of(
        400,
        "MALFORMED_MULTIPART",
        "The form cannot be read",
        "Send one file part of multipart/form-data as RFC 7578 says, or the plain bytes of the"
            + " image.");
  }

  /**
   * 413: a part of a form has more bytes than the Functions Framework parses.
   *
   * @param partLimit the limit of one part in bytes
   */
  public static Problem multipartTooLarge(long partLimit) {
    return Problem.of(
            413,
            "MULTIPART_TOO_LARGE",
            "The part is too large for multipart/form-data",
            "A part may have "
                + partLimit
                + " bytes. Send a larger image as the plain body, with its own Content-Type.")
        .with("max_bytes", partLimit);
  }

  /** 408: the headers or the body took too long to arrive. */
  public static Problem tooSlow() {
    return Problem.of(
            408,
            "REQUEST_TIMEOUT",
            "The request took too long to arrive",
            "Nothing of this request was done. Send it again over a faster connection.")
        // RFC 9110 section 15.5.9.
        .withHeader("Connection", "close");
  }

  /** 408 if reading a body failed because the client was too slow, else 400. */
  public static Problem unreadBody(IOException failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof TimeoutException) {
        return tooSlow();
      }
    }
    return incompleteBody();
  }

  /** 503: the bodies in flight have used up their memory budget. */
  public static Problem overCapacity() {
    return Problem.unavailable(
        "OVER_CAPACITY",
        "Too many uploads at the same moment",
        "Nothing was stored. Send the same request again after the time in Retry-After.",
        ROOM_AGAIN);
  }

  /** 429 or 503: a limit of the service is reached. */
  public static Problem full(LimitReached reached) {
    Problem problem =
        switch (reached.kind()) {
          case QUEUE ->
              Problem.of(
                  429,
                  "QUEUE_FULL",
                  "Too many images are waiting",
                  "Nothing was stored. Send the same request again after the time in Retry-After.");
          case STORAGE ->
              Problem.of(
                  503,
                  "STORAGE_FULL",
                  "There is no room for more images",
                  "Nothing was stored. The operator of the service can make room.");
        };
    return problem.withHeader("Retry-After", reached.retryAfter().orElse(RETRY_AFTER));
  }

  /** 503: a part of the service cannot be reached. */
  public static Problem unavailable() {
    return unavailable(RETRY_AFTER);
  }

  /**
   * 503: a part of the service cannot be reached.
   *
   * @param retryAfter how long the client should wait before it retries
   */
  public static Problem unavailable(Duration retryAfter) {
    return Problem.unavailable(
        "TEMPORARILY_UNAVAILABLE",
        "A part of the service cannot be reached",
        "Nothing was changed that a repetition would harm. Send the same request again.",
        retryAfter);
  }

  /** 500: an internal error, which the log shows under the request's id. */
  public static Problem internal(String requestId) {
    return Problem.of(
        500,
        "INTERNAL",
        "Something went wrong inside",
        "The same request may be sent again. When it keeps failing, name the request id "
            + requestId
            + ".");
  }
}
