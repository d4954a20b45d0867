package dev.whatsit.batch;

import dev.whatsit.domain.batch.IdempotencyKey;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.http.ApiRequest;
import dev.whatsit.http.Problem;
import dev.whatsit.http.ProblemException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Reads the header {@code Idempotency-Key} (draft-ietf-httpapi-idempotency-key-header): a
 * structured string in quotes, or the same without quotes, as most clients send it.
 */
final class SubmissionKey {
  private static final Pattern SHAPE =
      Pattern.compile(
          "\"([\\x21\\x23-\\x2b\\x2d-\\x5b\\x5d-\\x7e]{1,255})\"|([\\x21\\x23-\\x2b\\x2d-\\x5b\\x5d-\\x7e]{1,255})");

  private static final String HEADER = "Idempotency-Key";

  private SubmissionKey() {}

  /**
   * Reads the key; empty if the header is absent.
   *
   * @param bodyDigest digest of the body that was sent with the key
   * @throws ProblemException 400 if the header is not a valid key
   */
  static Optional<IdempotencyKey> of(ApiRequest request, String bodyDigest) {
    if (request.header(HEADER).isEmpty()) {
      return Optional.empty();
    }
    // An empty header is an error: the client believes that it sent a key.
    var matcher = SHAPE.matcher(request.joinedHeader(HEADER).orElse("").strip());
    if (!matcher.matches()) {
      throw new ProblemException(
          Problem.of(
              400,
              "INVALID_IDEMPOTENCY_KEY",
              "The Idempotency-Key cannot be read",
              "Send it once, as 1 to 255 visible characters of ASCII without quotes, commas and"
                  + " backslashes, for example a UUID."));
    }
    String key = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
    byte[] bytes = key.getBytes(StandardCharsets.US_ASCII);
    return Optional.of(
        new IdempotencyKey(
            ImageHash.ofDigest(ImageHash.newDigest().digest(bytes)).hex(), bodyDigest));
  }
}
