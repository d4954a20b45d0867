package dev.whatsit.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.whatsit.domain.image.ImageHash;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ContentDigestTest {
  /** RFC 9530 appendix D: the digest of this body, line feed included. */
  private static final String BODY = "{\"hello\": \"world\"}\n";

  private static final String DIGEST = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:";

  private final ImageHash received =
      ImageHash.ofDigest(ImageHash.newDigest().digest(BODY.getBytes(StandardCharsets.UTF_8)));

  @ParameterizedTest
  @ValueSource(
      strings = {DIGEST, DIGEST + ";note=1", "sha-512=:AAAA:, " + DIGEST, "unixsum=17", "flag"})
  void check_digestOfTheseBytesOrOfAnotherKind_passes(String value) {
    assertThatCode(() -> ContentDigest.check(value, received)).doesNotThrowAnyException();
  }

  @Test
  void check_digestOfOtherBytes_isRefused() {
    String other = "sha-256=:" + "A".repeat(43) + "=:";

    assertThat(code(other)).isEqualTo("DIGEST_MISMATCH");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "sha-256",
        "sha-256=",
        "sha-256=abc",
        "sha-256=::",
        "sha-256=:AAAA:",
        "sha-256=:***:",
        "SHA-256=:AAAA:",
        DIGEST + ","
      })
  void check_unreadable_isRefused(String value) {
    assertThat(code(value)).isEqualTo("INVALID_DIGEST");
  }

  private String code(String value) {
    return catchThrowableOfType(ProblemException.class, () -> ContentDigest.check(value, received))
        .problem()
        .code();
  }
}
