package dev.whatsit.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On the embedded backend. */
class CallbackTest extends CallbackSuite {
  @Override
  LocalServer start(Map<String, String> settings) throws IOException {
    return LocalServer.start(settings);
  }

  @Test
  void start_noSettings_keepsASecretAndTellsNobodyInside(@TempDir Path folder) throws Exception {
    Map<String, String> settings = Map.of("WHATSIT_DATA", folder.toString(), "PORT", "0");
    String secret;
    try (LocalServer plain = LocalServer.start(settings);
        Contract described = new Contract()) {
      secret = Files.readString(folder.resolve("callback-secret"));
      HttpAnswer answer =
          new Client(plain.port(), described)
              .send(
                  "POST",
                  "/v1/images?callback_url=http://127.0.0.1/hook",
                  BodyPublishers.ofByteArray(Pictures.png(620)));
      assertThat(answer.status()).isEqualTo(422);
      assertThat(answer.text()).contains("CALLBACK_URL_FORBIDDEN");
    }
    assertThat(secret).matches("whsec_[A-Za-z0-9+/=]{44}\n");
    try (LocalServer again = LocalServer.start(settings)) {
      assertThat(again.port()).isPositive();
      assertThat(folder.resolve("callback-secret")).hasContent(secret.strip());
    }
  }
}
