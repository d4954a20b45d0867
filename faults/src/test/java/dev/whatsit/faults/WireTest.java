package dev.whatsit.faults;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.rpc.Code;
import dev.whatsit.faultproxy.Fault;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The wires fail as they say they do: else the other tests here would prove nothing. */
class WireTest {
  private static final String IMAGE = "0a".repeat(32);
  private static final String REQUEST =
      "{\"requests\":[{\"image\":{\"source\":{\"imageUri\":\"gs://b/images/" + IMAGE + "\"}}}]}";

  private static final Duration LONG = Duration.ofMinutes(1);

  private final Calls calls = new Calls(new Timeline());
  private final AtomicInteger reached = new AtomicInteger();
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private FakeVision vision;
  private HttpWire wire;

  @BeforeEach
  void start() throws IOException {
    vision = new FakeVision();
    vision.judgeBy(
        image -> {
          reached.incrementAndGet();
          return FakeVision.Verdict.SEEN;
        });
    wire = new HttpWire(TestSystem.VISION, vision.hostPort(), calls);
  }

  @AfterEach
  void stop() {
    wire.close();
    vision.close();
  }

  @ParameterizedTest
  @EnumSource(
      value = Fault.Kind.class,
      names = {"NONE", "DELAY"})
  void answered_isTheServicesAnswer(Fault.Kind kind) throws Exception {
    calls.setFaults(
        call -> kind == Fault.Kind.DELAY ? Fault.delay(Duration.ofMillis(50)) : Fault.NONE);

    HttpResponse<String> answer = ask(LONG);

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).contains("\"" + FakeVision.labelOf(IMAGE) + "\"");
    assertThat(reached).hasValue(1);
    assertThat(calls.take()).isEqualTo(List.of("vision.BatchAnnotateImages"));
  }

  @Test
  void refused_nothingIsDoneAndTheCallerIsTold() throws Exception {
    calls.setFaults(call -> Fault.refuse(Code.RESOURCE_EXHAUSTED));

    HttpResponse<String> answer = ask(LONG);

    assertThat(answer.statusCode()).isEqualTo(429);
    assertThat(answer.body()).contains("\"RESOURCE_EXHAUSTED\"");
    assertThat(reached).hasValue(0);
  }

  @Test
  void lost_theWorkIsDoneAndTheCallerIsToldOtherwise() throws Exception {
    calls.setFaults(call -> Fault.loseResponse(Code.INTERNAL));

    assertThat(ask(LONG).statusCode()).isEqualTo(500);
    assertThat(reached).hasValue(1);
  }

  @Test
  void hangs_nothingIsDoneAndOnlyTheDeadlineEndsIt() {
    calls.setFaults(call -> Fault.of(Fault.Kind.HANG_BEFORE));

    assertThatThrownBy(() -> ask(Duration.ofMillis(300))).isInstanceOf(HttpTimeoutException.class);
    assertThat(reached).hasValue(0);
  }

  @Test
  void dropped_nothingIsDoneAndTheConnectionEnds() throws Exception {
    calls.setFaults(call -> call.number() == 1 ? Fault.of(Fault.Kind.DROP_BEFORE) : Fault.NONE);

    assertIsLost();
    assertThat(reached).hasValue(0);
    assertThat(ask(LONG).statusCode()).isEqualTo(200);
  }

  @Test
  void droppedOnceDone_theWorkIsDoneAndTheConnectionEnds() {
    calls.setFaults(call -> Fault.of(Fault.Kind.DROP_AFTER));

    assertIsLost();
    assertThat(reached).hasValue(1);
  }

  @Test
  void refuse_nobodyIsConnectedUntilItServesAgain() throws Exception {
    assertThat(ask(LONG).statusCode()).isEqualTo(200);
    wire.connections().refuse();
    assertIsLost();

    wire.connections().restore();

    assertThat(ask(LONG).statusCode()).isEqualTo(200);
  }

  /** Its thread still waited at the port, now and then, when the port was to be taken again. */
  @Test
  void refuse_andServeAtOnce_findsThePortFree() throws Exception {
    for (int i = 0; i < 200; i++) {
      wire.connections().refuse();
      wire.connections().restore();
    }

    assertThat(ask(LONG).statusCode()).isEqualTo(200);
  }

  @Test
  void imageOf_messages_isTheFirstHashAndNoPartOfALongerNumber() {
    assertThat(HttpWire.imageOf(REQUEST.getBytes(UTF_8))).isEqualTo(IMAGE);
    assertThat(HttpWire.imageOf((IMAGE + "0").getBytes(UTF_8))).isEqualTo(Call.NO_IMAGE);
  }

  private void assertIsLost() {
    assertThatThrownBy(() -> ask(LONG))
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(HttpTimeoutException.class);
  }

  private HttpResponse<String> ask(Duration within) throws IOException, InterruptedException {
    URI uri = URI.create("http://" + wire.connections().hostPort() + "/v1/images:annotate");
    return client.send(
        HttpRequest.newBuilder(uri).timeout(within).POST(BodyPublishers.ofString(REQUEST)).build(),
        BodyHandlers.ofString());
  }
}
