package dev.whatsit.local.gateway;

import dev.whatsit.http.Problem;
import dev.whatsit.http.Problems;
import java.time.Duration;

/** The problems that only the gateway reports. */
final class GatewayProblems {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

  private GatewayProblems() {}

  /** Misdirected request (RFC 9110 section 15.5.20): it names a host that is not served here. */
  static Problem hostNotAllowed() {
    return Problem.of(
        421,
        "HOST_NOT_ALLOWED",
        "The request names another host",
        "This server does not answer for the host that the request names. Use localhost or an"
            + " address; the setting WHATSIT_HOSTS can name more.");
  }

  /** RFC 6750 section 3. */
  static Problem unauthorized() {
    return Problem.of(
            401,
            "UNAUTHORIZED",
            "The API key is missing or wrong",
            "Send the header Authorization: Bearer with the key that the server has as API_KEY.")
        .withHeader("WWW-Authenticate", "Bearer");
  }

  /** RFC 9112 section 6.1. */
  static Problem transferCoding() {
    return Problem.of(
        501,
        "NOT_IMPLEMENTED",
        "The transfer coding is not understood",
        "Send the body with Content-Length, or with Transfer-Encoding: chunked alone.");
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

  /** The problem that replaces an error response of the HTTP server itself, by its status. */
  static Problem refusedByServer(int status, String requestId) {
    return switch (status) {
      case 404 -> Problems.notFound();
      case 408 -> Problems.tooSlow();
      case 413 ->
          Problem.of(413, "REQUEST_TOO_LARGE", "The request is too large", "Send fewer bytes.");
      case 414 ->
          Problem.of(414, "URI_TOO_LONG", "The path or query is too long", "Send a shorter one.");
      case 417 ->
          Problem.of(
              417, "EXPECTATION_FAILED", "The Expect header is not understood", "Leave it out.");
      case 426 ->
          Problem.of(426, "UPGRADE_REQUIRED", "Another protocol is needed", "Send HTTP/1.1.")
              // Required by RFC 9110 section 15.5.22.
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
                  "Its first line or its headers are not as RFC 9110 and RFC 9112 write them, or its"
                      + " path leads above the root or has an escaped NUL.")
              : Problems.internal(requestId);
    };
  }
}
