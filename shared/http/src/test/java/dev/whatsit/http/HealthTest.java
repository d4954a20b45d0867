package dev.whatsit.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.whatsit.contracts.CapturedLog;
import dev.whatsit.domain.failure.TransientFailure;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class HealthTest {
  private Instant now = Instant.EPOCH.plus(Duration.ofDays(1));

  private final Clock clock = ((InstantSource) () -> now).withZone(ZoneOffset.UTC);
  private final AtomicBoolean broken = new AtomicBoolean();
  private final AtomicInteger asked = new AtomicInteger();
  private final Routes routes = new Health(parts(), clock).addTo(new Routes());

  @Test
  void ready_everyPartWorks_namesEach() {
    ApiResponse response = get("/health/ready");

    assertThat(response.status()).isEqualTo(200);
    assertThat(json(response).getAsJsonArray("parts")).hasSize(2);
  }

  @Test
  void ready_aPartFails_is503AndNamesIt() {
    broken.set(true);

    ApiResponse response = get("/health/ready");

    assertThat(response.status()).isEqualTo(503);
    assertThat(response.headers()).containsKey("Retry-After");
    JsonObject second = json(response).getAsJsonArray("parts").get(1).getAsJsonObject();
    assertThat(second.get("name").getAsString()).isEqualTo("records");
    assertThat(second.get("status").getAsString()).isEqualTo("failed");
  }

  /** Regression: a full disk was logged at each check of each function. */
  @Test
  void parts_failForOneReason_areLoggedOnceAMinute() {
    try (CapturedLog log = new CapturedLog(Health.class)) {
      Runnable full =
          () -> {
            throw new TransientFailure("disk: full, for this test");
          };
      Health one = new Health(Map.of("images", full), clock);
      Health other = new Health(Map.of("thumbnails", full), clock);
      for (int i = 0; i < 5; i++) {
        assertThat(one.parts()).containsEntry("images", false);
        assertThat(other.parts()).containsEntry("thumbnails", false);
        now = now.plusSeconds(6);
      }
      assertThat(log.entries()).hasSize(1);
    }
  }

  @Test
  void ready_askedOften_asksThePartsOnceInFiveSeconds() {
    get("/health/ready");
    now = now.plusMillis(4_999);
    get("/health/ready");
    assertThat(asked).hasValue(1);
    now = now.plusMillis(1);
    get("/health/ready");
    assertThat(asked).hasValue(2);
  }

  @Test
  void live_always_touchesNothing() {
    broken.set(true);

    assertThat(get("/health/live").status()).isEqualTo(204);
    assertThat(asked).hasValue(0);
  }

  private Map<String, Runnable> parts() {
    Map<String, Runnable> parts = new LinkedHashMap<>();
    parts.put("images", asked::incrementAndGet);
    parts.put(
        "records",
        () -> {
          if (broken.get()) {
            throw new TransientFailure("records do not answer");
          }
        });
    return parts;
  }

  private ApiResponse get(String path) {
    ApiRequest request = Get.request(path);
    return routes.find(request).handle(request);
  }

  private static JsonObject json(ApiResponse response) {
    return JsonParser.parseString(new String(response.body(), StandardCharsets.UTF_8))
        .getAsJsonObject();
  }
}
