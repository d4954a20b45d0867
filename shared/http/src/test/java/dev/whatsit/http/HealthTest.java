package dev.whatsit.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
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
    Answer answer = get("/health/ready");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(json(answer).getAsJsonArray("parts")).hasSize(2);
  }

  @Test
  void ready_aPartFails_is503AndNamesIt() {
    broken.set(true);

    Answer answer = get("/health/ready");

    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.headers()).containsKey("Retry-After");
    JsonObject second = json(answer).getAsJsonArray("parts").get(1).getAsJsonObject();
    assertThat(second.get("name").getAsString()).isEqualTo("records");
    assertThat(second.get("status").getAsString()).isEqualTo("failed");
  }

  @Test
  void parts_aPartFails_saysSoOfEach() {
    broken.set(true);

    assertThat(new Health(parts(), clock).parts()).containsEntry("records", false).hasSize(2);
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

  private Answer get(String path) {
    Exchange exchange = new Exchange(new Get(path));
    return routes.find(exchange).handle(exchange);
  }

  private static JsonObject json(Answer answer) {
    return JsonParser.parseString(new String(answer.body(), StandardCharsets.UTF_8))
        .getAsJsonObject();
  }
}
