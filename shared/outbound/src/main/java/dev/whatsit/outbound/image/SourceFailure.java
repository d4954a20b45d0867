package dev.whatsit.outbound.image;

import dev.whatsit.outbound.OutboundFailure;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Why no image came from a source, as it is told to whoever named the source. */
public final class SourceFailure extends RuntimeException {
  /** It is not a URL as it should be written. */
  public static final String INVALID = "SOURCE_INVALID";

  /** The scheme, the port, or an address is not one that anything is fetched from. */
  public static final String FORBIDDEN = "SOURCE_FORBIDDEN";

  /** The name is unknown, nobody listens, TLS fails, or the answer breaks off. */
  public static final String UNREACHABLE = "SOURCE_UNREACHABLE";

  /** Not all of it came in time. */
  public static final String TIMEOUT = "SOURCE_TIMEOUT";

  /** Too many redirects, or one that cannot be followed. */
  public static final String REDIRECT = "SOURCE_REDIRECT";

  /** A status other than 200, which is the member {@code source_status}. */
  public static final String STATUS = "SOURCE_STATUS";

  /** Compressed for the transfer although that was not asked for. */
  public static final String ENCODED = "SOURCE_ENCODED";

  /** No bytes at all. */
  public static final String EMPTY = "SOURCE_EMPTY";

  /** More bytes than an image may have; the limit is the member {@code max_bytes}. */
  public static final String TOO_LARGE = "SOURCE_TOO_LARGE";

  /** More pixels than an image may have; the limit is the member {@code max_pixels}. */
  public static final String TOO_MANY_PIXELS = "SOURCE_TOO_MANY_PIXELS";

  /** Not one of the accepted formats. */
  public static final String UNSUPPORTED_FORMAT = "SOURCE_UNSUPPORTED_FORMAT";

  /** An accepted format with a broken header. */
  public static final String CORRUPT_IMAGE = "SOURCE_CORRUPT_IMAGE";

  private static final long serialVersionUID = 1L;

  private final String code;
  private final transient Map<String, Long> members;
  private final boolean answered;

  SourceFailure(
      String code,
      String detail,
      Map<String, Long> members,
      boolean answered,
      @Nullable Throwable cause) {
    super(detail, cause);
    this.code = code;
    this.members = Map.copyOf(members);
    this.answered = answered;
  }

  /** One of the words above. */
  public String code() {
    return code;
  }

  /** One sentence for people, without any address that a name leads to. */
  public String detail() {
    return Objects.requireNonNull(getMessage());
  }

  /** The numbers that go with some of the words. */
  public Map<String, Long> members() {
    return members;
  }

  /** Whether the source's server answered, as {@link OutboundFailure#isAnswered} has it. */
  public boolean isAnswered() {
    return answered;
  }
}
