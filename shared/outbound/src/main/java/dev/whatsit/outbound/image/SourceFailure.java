package dev.whatsit.outbound.image;

import dev.whatsit.outbound.OutboundFailure;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Why no image could be fetched from a source, as shown to the client that named the source. */
public final class SourceFailure extends RuntimeException {
  /** The URL is malformed. */
  public static final String INVALID = "SOURCE_INVALID";

  /** The scheme, the port or an address is not allowed. */
  public static final String FORBIDDEN = "SOURCE_FORBIDDEN";

  /** The name is unknown, no server listens, TLS fails, or the response breaks off. */
  public static final String UNREACHABLE = "SOURCE_UNREACHABLE";

  /** The response was not complete in time. */
  public static final String TIMEOUT = "SOURCE_TIMEOUT";

  /** Too many redirects, or one that cannot be followed. */
  public static final String REDIRECT = "SOURCE_REDIRECT";

  /** A status other than 200; the status is the member {@code source_status}. */
  public static final String STATUS = "SOURCE_STATUS";

  /** The response is compressed although that was not requested. */
  public static final String ENCODED = "SOURCE_ENCODED";

  /** No bytes at all. */
  public static final String EMPTY = "SOURCE_EMPTY";

  /** More bytes than an image may have; the limit is the member {@code max_bytes}. */
  public static final String TOO_LARGE = "SOURCE_TOO_LARGE";

  /** More pixels than an image may have; the limit is the member {@code max_pixels}. */
  public static final String TOO_MANY_PIXELS = "SOURCE_TOO_MANY_PIXELS";

  /** Decoding the image would take more time or memory than one image may have. */
  public static final String TOO_COMPLEX = "SOURCE_TOO_COMPLEX";

  /** Not one of the accepted formats. */
  public static final String UNSUPPORTED_FORMAT = "SOURCE_UNSUPPORTED_FORMAT";

  /** An accepted format with a broken header. */
  public static final String CORRUPT_IMAGE = "SOURCE_CORRUPT_IMAGE";

  private static final long serialVersionUID = 1L;

  private final String code;
  private final transient Map<String, Long> members;
  private final boolean responded;

  SourceFailure(
      String code,
      String detail,
      Map<String, Long> members,
      boolean responded,
      @Nullable Throwable cause) {
    super(detail, cause);
    this.code = code;
    this.members = Map.copyOf(members);
    this.responded = responded;
  }

  /** One of the codes above. */
  public String code() {
    return code;
  }

  /** One sentence for people, without any address that a name resolves to. */
  public String detail() {
    return Objects.requireNonNull(getMessage());
  }

  /** The numeric members of some of the codes. */
  public Map<String, Long> members() {
    return members;
  }

  /** Whether the source's server responded; see {@link OutboundFailure#hasResponse}. */
  public boolean hasResponse() {
    return responded;
  }
}
