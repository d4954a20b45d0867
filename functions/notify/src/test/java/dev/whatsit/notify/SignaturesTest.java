package dev.whatsit.notify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.standardwebhooks.Webhook;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Verified by the library of the specification's authors. */
class SignaturesTest {
  private static final String OLD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  private static final String NEW = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY=";
  private static final String PAYLOAD = "{\"label\":\"Kätzchen 🐈\"}";

  /** The library compares it with the system clock. */
  private final Instant now = Instant.now();

  @Test
  void sign_severalSecrets_isVerifiedWithEachOfThem() {
    Map<String, List<String>> headers = headers(NEW + ", " + OLD, "msg_1");

    assertThat(Objects.requireNonNull(headers.get("webhook-signature")).get(0))
        .matches("v1,\\S+ v1,\\S+");
    for (String secret : List.of(NEW, OLD)) {
      assertThatCode(() -> new Webhook(secret).verify(PAYLOAD, headers)).doesNotThrowAnyException();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "secret",
        "whsec_",
        "whsec_short",
        "whsec_%%%%",
        "whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw,"
      })
  void of_wrongSecret_isRefusedWithoutShowingIt(String text) {
    Settings settings = Settings.of(Map.of("CALLBACK_SECRETS", text));
    Signatures.of(settings);

    assertThatThrownBy(settings::verify)
        .isInstanceOf(InvalidSettings.class)
        .hasMessageContaining("CALLBACK_SECRETS")
        .hasMessageNotContaining("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  }

  private static Signatures signatures(String secrets) {
    Settings settings = Settings.of(Map.of("CALLBACK_SECRETS", secrets));
    Signatures signatures = Signatures.of(settings);
    settings.verify();
    return signatures;
  }

  private Map<String, List<String>> headers(String secrets, String id) {
    return Map.of(
        "webhook-id", List.of(id),
        "webhook-timestamp", List.of(Long.toString(now.getEpochSecond())),
        "webhook-signature", List.of(signatures(secrets).sign(id, now, PAYLOAD)));
  }
}
