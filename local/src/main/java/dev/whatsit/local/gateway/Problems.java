package dev.whatsit.local.gateway;

import dev.whatsit.http.Problem;
import java.time.Duration;

/** The problems that are the gateway's own. */
final class Problems {
  static final Duration RETRY_AFTER = Duration.ofSeconds(2);

  private Problems() {}

  static Problem notFound() {
    return Problem.of(
        404,
        "NOT_FOUND",
        "No such path",
        "There is nothing at this path. The paths are listed in /openapi.yaml.");
  }

  static Problem methodNotAllowed(String allow) {
    return Problem.of(
            405, "METHOD_NOT_ALLOWED", "Method not allowed here", "This path takes " + allow + ".")
        .withHeader("Allow", allow);
  }

  static Problem invalidHash() {
    return Problem.of(
        400,
        "INVALID_HASH",
        "Not an image hash",
        "An image hash is the SHA-256 of the image's bytes as 64 lower-case hexadecimal digits.");
  }

  /** A body that broke off or is not framed as RFC 9112 says. */
  static Problem brokenBody() {
    return Problem.of(
        400,
        "INCOMPLETE_BODY",
        "The body broke off",
        "The body ended early or cannot be read. Nothing was stored. Send it again.");
  }

  /** RFC 9110 section 15.5.20: the request was meant for somebody else. */
  static Problem hostNotAllowed() {
    return Problem.of(
        421,
        "HOST_NOT_ALLOWED",
        "The request names another host",
        "This server does not answer for the host that the request names. Use localhost or an"
            + " address; the setting WHATSIT_HOSTS can name more.");
  }

  static Problem badLink() {
    return Problem.of(
        403,
        "INVALID_LINK",
        "The link is not valid",
        "The link has expired or was changed. GET the image resource for a new one.");
  }

  static Problem imageGone() {
    return Problem.of(
        404, "IMAGE_GONE", "The image is not there", "The image's bytes are no longer stored.");
  }

  static Problem multipartTooLarge(long partLimit) {
    return Problem.of(
            413,
            "MULTIPART_TOO_LARGE",
            "The part is too large for multipart/form-data",
            "A part may have "
                + partLimit
                + " bytes. Send a larger image as the plain body, with its own Content-Type.")
        .with("max_bytes", partLimit);
  }

  static Problem malformedMultipart() {
    return Problem.of(
        400,
        "MALFORMED_MULTIPART",
        "The multipart body cannot be read",
        "Send one file part as RFC 7578 says, or the image as the plain body.");
  }

  static Problem overCapacity() {
    return Problem.unavailable(
        "OVER_CAPACITY",
        "Too much is in flight",
        "Nothing of this request was done. Send it again.",
        RETRY_AFTER);
  }

  static Problem unavailable() {
    return Problem.unavailable(
        "TEMPORARILY_UNAVAILABLE",
        "A part of the service cannot be reached",
        "Nothing was changed that a repetition would harm. Send the same request again.",
        RETRY_AFTER);
  }

  static Problem tooSlow() {
    return Problem.of(
        408,
        "REQUEST_TIMEOUT",
        "The request took too long to arrive",
        "Nothing of this request was done. Send it again, faster.");
  }

  static Problem internal(String requestId) {
    return Problem.of(
        500,
        "INTERNAL",
        "Something went wrong inside",
        "The same request may be sent again. When it keeps failing, name the request id "
            + requestId
            + ".");
  }

  /** What the server itself refuses before any handler sees it, by the status that it chose. */
  static Problem refusedByServer(int status, String requestId) {
    return switch (status) {
      case 404 -> notFound();
      case 408 -> tooSlow();
      case 413 ->
          Problem.of(413, "REQUEST_TOO_LARGE", "The request is too large", "Send fewer bytes.");
      case 414 ->
          Problem.of(414, "URI_TOO_LONG", "The path or query is too long", "Send a shorter one.");
      case 417 ->
          Problem.of(
              417, "EXPECTATION_FAILED", "The Expect header is not understood", "Leave it out.");
      case 426 ->
          Problem.of(426, "UPGRADE_REQUIRED", "Another protocol is needed", "Send HTTP/1.1.")
              // RFC 9110 section 15.5.22 wants it.
              .withHeader("Upgrade", "HTTP/1.1");
      case 431 ->
          Problem.of(431, "HEADERS_TOO_LARGE", "The headers are too large", "Send fewer of them.");
      case 501 -> Problem.of(501, "NOT_IMPLEMENTED", "Not understood", "Send ordinary HTTP/1.1.");
      case 503 ->
          Problem.unavailable(
              "STOPPING", "The service is stopping", "Send the request again soon.", RETRY_AFTER);
      case 505 ->
          Problem.of(505, "HTTP_VERSION", "This version of HTTP is not spoken", "Use HTTP/1.1.");
      default ->
          status >= 400 && status < 500
              ? Problem.of(
                  status,
                  "MALFORMED_REQUEST",
                  "The request cannot be read",
                  "It is not HTTP as RFC 9110 and RFC 9112 write it.")
              : internal(requestId);
    };
  }
}
