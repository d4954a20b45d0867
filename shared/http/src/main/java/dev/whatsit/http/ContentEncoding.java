package dev.whatsit.http;

/**
 * Checks the header {@code Content-Encoding} (RFC 9110 section 8.4). Encoded bodies are never
 * decoded.
 */
public final class ContentEncoding {
  private ContentEncoding() {}

  /**
   * Accepts only a body that is not encoded.
   *
   * @throws ProblemException 415 if it is encoded
   */
  public static void requireIdentity(Exchange exchange) {
    String encodings = exchange.joinedHeader("Content-Encoding").orElse("");
    for (String encoding : encodings.split(",", -1)) {
      if (encoding.isBlank() || encoding.strip().equalsIgnoreCase("identity")) {
        continue;
      }
      throw new ProblemException(
          Problem.of(
                  415,
                  "UNSUPPORTED_CONTENT_ENCODING",
                  "The body is encoded",
                  "Send the body's own bytes, without Content-Encoding.")
              // RFC 9110 section 12.5.3: the encoding that would have been accepted.
              .withHeader("Accept-Encoding", "identity"));
    }
  }
}
