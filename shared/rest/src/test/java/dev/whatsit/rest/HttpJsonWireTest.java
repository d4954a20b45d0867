package dev.whatsit.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.google.auth.oauth2.AccessToken;
import com.google.auth.oauth2.GoogleCredentials;
import com.google.gson.JsonObject;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.whatsit.domain.failure.TransientFailure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Over real connections with a server that answers as it is told. */
class HttpJsonWireTest {
  private static final RemoteLimits LIMITS =
      new RemoteLimits(
          Duration.ofSeconds(20),
          Duration.ofSeconds(10),
          Duration.ofSeconds(5),
          Duration.ofMillis(1),
          3);

  /** Far above what is allowed: the machine may be busy. */
  private static final Duration GRACE = Duration.ofSeconds(15);

  /** What is answered to a request, by its number from 0. */
  @FunctionalInterface
  private interface Answers {
    void give(int number, HttpExchange exchange) throws IOException;
  }

  private final AtomicInteger requests = new AtomicInteger();
  private final List<String> seen = new CopyOnWriteArrayList<>();
  private final Set<Integer> connections = new HashSet<>();
  private final CountDownLatch over = new CountDownLatch(1);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private Answers answers = (number, exchange) -> answer(exchange, 200, "{\"is\": \"there\"}");
  private HttpServer server;
  private String hostPort;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
    server.setExecutor(threads);
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            String body =
                new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            String authorization = exchange.getRequestHeaders().getFirst("Authorization");
            seen.add(
                exchange.getRequestMethod()
                    + " "
                    + exchange.getRequestURI()
                    + " "
                    + authorization
                    + " "
                    + body);
            synchronized (connections) {
              connections.add(exchange.getRemoteAddress().getPort());
            }
            answers.give(requests.getAndIncrement(), exchange);
          }
        });
    server.start();
    hostPort = "127.0.0.1:" + server.getAddress().getPort();
  }

  @AfterEach
  void stop() {
    over.countDown();
    server.stop(0);
    threads.shutdownNow();
  }

  @Test
  void post_isAnswered_givesTheAnswer() {
    assertThat(emulator(LIMITS).post("do it", "/v1/it:do", request()).toString())
        .isEqualTo("{\"is\":\"there\"}");

    assertThat(seen).containsExactly("POST /v1/it:do Bearer owner {\"name\":\"é\"}");
  }

  @Test
  void get_isAnswered_givesTheAnswer() {
    emulator(LIMITS).get("look", "/v1/projects/p/databases/(default)");

    assertThat(seen).containsExactly("GET /v1/projects/p/databases/(default) Bearer owner ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'big': [{'big': {}, 'a': 1}], 'a': {'big': 1}} | {'a':{}}",
        "{'a': [{'b': 1.50, 'big': 'x', 'big': null, 'c': 'big'}, 'big', []], 'big': true}"
            + " | {'a':[{'b':1.50,'c':'big'},'big',[]]}",
        "[{'big': {'a': [[]]}}, {'bigger': null}] | [{},{'bigger':null}]",
        "'big' | 'big'"
      })
  void post_answerWithMembersThatNobodyReads_isReadWithoutThem(String answer, String read) {
    answers = (number, exchange) -> answer(exchange, 200, answer.replace('\'', '"'));

    assertThat(
            service(limitsOf(1), HttpJsonWire.toEmulator(hostPort).leavingOut(Set.of("big")))
                .post("do it", "/v1/it:do", request())
                .toString())
        .isEqualTo(read.replace('\'', '"'));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{'big': [}", "{'big': {'a': 1]}", "{'big' 1}", "{'big': 1}}"})
  void send_answerBrokenInWhatNobodyReads_isUnreadable(String body) {
    answers = (number, exchange) -> answer(exchange, 200, body.replace('\'', '"'));

    assertThatThrownBy(
            () ->
                service(limitsOf(1), HttpJsonWire.toEmulator(hostPort).leavingOut(Set.of("big")))
                    .post("do it", "/v1/it:do", request()))
        .hasCauseInstanceOf(UnreadableAnswer.class);
  }

  @Test
  void post_oneAfterTheOther_sharesAConnectionWhateverTheAnswerIs() {
    answers =
        (number, exchange) ->
            answer(exchange, number % 2 == 0 ? 200 : 404, number % 2 == 0 ? "[{}, {}]" : error());
    JsonService service = emulator(LIMITS);
    for (int i = 0; i < 10; i++) {
      try {
        service.post("do it", "/v1/it:do", request());
      } catch (TransientFailure e) {
        assertThat(e).hasMessageContaining("NOT_FOUND");
      }
    }

    assertThat(connections).hasSize(1);
  }

  @Test
  void post_tokenWasRevoked_isMadeAgainWithAnother() {
    answers =
        (number, exchange) -> answer(exchange, number == 0 ? 401 : 200, number == 0 ? "" : "{}");
    AtomicInteger tokens = new AtomicInteger();
    GoogleCredentials credentials =
        new GoogleCredentials() {
          @Override
          public AccessToken refreshAccessToken() {
            return new AccessToken(
                "token-" + tokens.incrementAndGet(),
                Date.from(Instant.now().plus(Duration.ofHours(1))));
          }
        };

    service(
            LIMITS,
            HttpJsonWire.to(URI.create("http://" + hostPort), new GoogleAccess(() -> credentials)))
        .post("do it", "/v1/it:do", request());

    assertThat(seen)
        .containsExactly(
            "POST /v1/it:do Bearer token-1 {\"name\":\"é\"}",
            "POST /v1/it:do Bearer token-2 {\"name\":\"é\"}");
  }

  @Test
  void post_tokenIsNotGoodForLong_saysSo() {
    answers =
        (number, exchange) -> {
          // With this header, as Google's services send it, the JDK keeps the body to itself.
          exchange.getResponseHeaders().set("WWW-Authenticate", "Bearer realm=\"https://x/\"");
          answer(exchange, 401, error());
        };

    assertThatThrownBy(() -> emulator(LIMITS).post("do it", "/v1/it:do", request()))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("401 UNAUTHENTICATED (look)");
  }

  @Test
  void post_tokenNeverComes_isGivenUpInTimeAndNothingIsSent() {
    GoogleCredentials credentials =
        new GoogleCredentials() {
          @Override
          public AccessToken refreshAccessToken() {
            hang();
            return new AccessToken("late", null);
          }
        };
    RemoteLimits impatient = limitsOf(Duration.ofSeconds(2), Duration.ofMillis(500), 2);
    JsonWire wire =
        HttpJsonWire.to(URI.create("http://" + hostPort), new GoogleAccess(() -> credentials));

    long begun = System.nanoTime();
    assertThatThrownBy(() -> service(impatient, wire).post("do it", "/v1/it:do", request()))
        .isInstanceOf(TransientFailure.class);
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(GRACE);
    assertThat(seen).isEmpty();
  }

  @Test
  void post_noCredentials_saysHowToComeBySome() {
    JsonWire wire =
        HttpJsonWire.to(
            URI.create("http://" + hostPort),
            new GoogleAccess(
                () -> {
                  throw new IOException("none here");
                }));

    assertThatThrownBy(() -> service(LIMITS, wire).post("do it", "/v1/it:do", request()))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("none here")
        .hasMessageContaining("gcloud auth application-default login");
    assertThat(seen).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {408, 429, 500, 502, 503, 504})
  void post_errorThatPasses_isTriedAgain(int status) {
    answers =
        (number, exchange) ->
            answer(exchange, number < 2 ? status : 200, number < 2 ? "<html>" : "{}");

    emulator(LIMITS).post("do it", "/v1/it:do", request());

    assertThat(seen).hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 403, 404, 409, 412, 501})
  void post_errorThatStays_isNotTriedAgainAndTold(int status) {
    answers = (number, exchange) -> answer(exchange, status, error());

    assertThatThrownBy(() -> emulator(LIMITS).post("do it", "/v1/it:do", request()))
        .isInstanceOf(TransientFailure.class)
        .hasMessage(
            "Tests: cannot do it (1 attempt): " + status + " NOT_FOUND: no such thing (look)")
        .hasCauseInstanceOf(Refusal.class);
    assertThat(seen).hasSize(1);
  }

  @Test
  void post_answerThatIsNoJson_isNotTakenForOne() {
    answers = (number, exchange) -> answer(exchange, 200, "<html>");

    assertThatThrownBy(() -> emulator(LIMITS).post("do it", "/v1/it:do", request()))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("no JSON");
  }

  @ParameterizedTest
  @ValueSource(strings = {"<html>", "{\"half\": 1", "{} {}", "{} x", "[1, 2]        "})
  void send_answerThatIsNoneOfAService_isUnreadableAndIsNotTakenForALostConnection(String body) {
    answers = (number, exchange) -> answer(exchange, 200, body);
    Throwable failure =
        catchThrowable(
            () ->
                service(limitsOf(1), HttpJsonWire.toEmulator(hostPort, 10))
                    .post("do it", "/v1/it:do", request()));

    // One that is not whole may be cut off as well.
    assertThat(failure.getCause())
        .isExactlyInstanceOf(
            body.startsWith("{\"half") ? IOException.class : UnreadableAnswer.class);
  }

  /**
   * By itself, the JDK up to 17 at least takes the end of the connection for that of the answer.
   */
  @ParameterizedTest
  @ValueSource(strings = {"", "{\"name\": \"ca", "{\"half\": 1", "{} "})
  void send_answerShorterThanAnnounced_isALostConnection(String body) {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    answers =
        (number, exchange) -> {
          exchange.sendResponseHeaders(200, bytes.length + 9);
          exchange.getResponseBody().write(bytes);
          exchange.getResponseBody().flush();
        };

    Throwable failure =
        catchThrowable(
            () ->
                service(limitsOf(1), HttpJsonWire.toEmulator(hostPort))
                    .post("do it", "/v1/it:do", request()));

    assertThat(failure).isInstanceOf(TransientFailure.class);
    assertThat(failure.getCause()).isExactlyInstanceOf(IOException.class);
  }

  /** By itself, the JDK posts again when a connection that was kept turns out to be dead. */
  @Test
  void post_connectionThatWasKeptEndsWithoutAnAnswer_isSentOnce() {
    answers =
        (number, exchange) -> {
          if (number != 1) {
            answer(exchange, 200, "{}");
          }
        };
    JsonService service = service(limitsOf(1), HttpJsonWire.toEmulator(hostPort));
    service.post("do it", "/v1/it:do", request());

    assertThatThrownBy(() -> service.post("do it", "/v1/it:do", request()))
        .isInstanceOf(TransientFailure.class);

    assertThat(seen).hasSize(2);
    assertThat(connections).hasSize(1);
  }

  @Test
  void post_connectionEndsWithoutAnAnswer_isMadeAgain() {
    answers =
        (number, exchange) -> {
          if (number > 0) {
            answer(exchange, 200, "{}");
          }
        };

    emulator(LIMITS).post("do it", "/v1/it:do", request());

    assertThat(seen).hasSize(2);
  }

  @Test
  void post_oneAttemptHangs_theNextIsAnswered() {
    answers =
        (number, exchange) -> {
          if (number == 0) {
            hang();
          } else {
            answer(exchange, 200, "{}");
          }
        };
    RemoteLimits impatient = limitsOf(Duration.ofSeconds(30), Duration.ofSeconds(1), 10);

    emulator(impatient).post("do it", "/v1/it:do", request());

    assertThat(seen.size()).isGreaterThan(1);
  }

  @Test
  void post_answerThatComesDropByDrop_isGivenUpInTime() {
    answers =
        (number, exchange) -> {
          exchange.sendResponseHeaders(200, 0);
          try {
            while (over.getCount() > 0) {
              exchange.getResponseBody().write(' ');
              exchange.getResponseBody().flush();
              hangFor(20);
            }
          } catch (IOException e) {
            // The caller has left.
          }
        };
    RemoteLimits impatient = limitsOf(Duration.ofSeconds(2), Duration.ofMillis(500), 2);

    long begun = System.nanoTime();
    assertThatThrownBy(() -> emulator(impatient).post("do it", "/v1/it:do", request()))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("no answer within");
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(GRACE);
  }

  @Test
  void post_answerStopsInTheMiddle_isGivenUpInTimeAndOthersGoOn() {
    answers =
        (number, exchange) -> {
          if (number % 2 == 1) {
            answer(exchange, 200, "{}");
            return;
          }
          exchange.sendResponseHeaders(200, 0);
          exchange.getResponseBody().write("{\"half\": ".getBytes(StandardCharsets.UTF_8));
          exchange.getResponseBody().flush();
          hang();
        };
    RemoteLimits impatient = limitsOf(Duration.ofSeconds(20), Duration.ofSeconds(1), 4);

    long begun = System.nanoTime();
    emulator(impatient).post("do it", "/v1/it:do", request());
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(GRACE);
  }

  @Test
  void post_afterClose_failsAndSendsNothing() {
    JsonService service = emulator(LIMITS);
    service.close();

    assertThatThrownBy(() -> service.post("do it", "/v1/it:do", request()))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("closed");
    assertThat(seen).isEmpty();
  }

  @Test
  void close_callUnderWay_endsIt() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    answers =
        (number, exchange) -> {
          arrived.countDown();
          hang();
        };
    JsonService service = emulator(LIMITS);
    Future<Throwable> call =
        threads.submit(() -> catchThrowable(() -> service.post("do it", "/v1/it:do", request())));
    assertThat(arrived.await(1, TimeUnit.MINUTES)).isTrue();

    service.close();

    assertThat(call.get(1, TimeUnit.MINUTES))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("closed");
    assertThat(seen).hasSize(1);
  }

  @Test
  void post_refusedAndThenOutOfTime_saysWhatTheServiceSaid() {
    answers =
        (number, exchange) -> {
          if (number == 0) {
            answer(exchange, 503, "{\"error\": {\"status\": \"UNAVAILABLE\"}}");
          } else {
            hang();
          }
        };
    RemoteLimits impatient = limitsOf(Duration.ofSeconds(3), Duration.ofSeconds(2), 2);

    assertThatThrownBy(() -> emulator(impatient).post("do it", "/v1/it:do", request()))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("(2 attempts): 503 UNAVAILABLE");
  }

  @ParameterizedTest
  @CsvSource({"429,,10", "429,7,7", "503,7,7", "503,,", "429,'Wed, 21 Oct 2026 07:28:00 GMT',10"})
  void post_serviceThatSaysNotNow_saysWhenToComeBack(int status, String header, Integer seconds) {
    answers =
        (number, exchange) -> {
          if (header != null) {
            exchange.getResponseHeaders().set("Retry-After", header);
          }
          answer(exchange, status, error());
        };

    assertThatThrownBy(() -> emulator(limitsOf(1)).post("do it", "/v1/it:do", request()))
        .isInstanceOfSatisfying(
            TransientFailure.class,
            e ->
                assertThat(e.retryAfter().map(Duration::toSeconds).map(Long::intValue).orElse(null))
                    .isEqualTo(seconds));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "3",
        "{\"error\": 3}",
        "<html>",
        "{\"error\": {\"status\": []}}"
      })
  void refusal_bodyOfAnotherShape_saysNothingButTheStatus(String body) {
    Refusal refusal = Refusal.of(500, null, body);

    assertThat(refusal.code()).isEmpty();
    assertThat(refusal).hasMessage("500");
  }

  @Test
  void refusal_ofAnAnswerInParts_isTheFirstPart() {
    assertThat(Refusal.of(404, null, "[" + error() + "]").code()).isEqualTo("NOT_FOUND");
  }

  private static RemoteLimits limitsOf(int attempts) {
    Duration time = Duration.ofSeconds(20);
    return limitsOf(time, time, attempts);
  }

  private static RemoteLimits limitsOf(Duration whole, Duration attempt, int attempts) {
    return new RemoteLimits(whole, attempt, attempt, Duration.ofMillis(1), attempts);
  }

  private JsonService emulator(RemoteLimits limits) {
    return service(limits, HttpJsonWire.toEmulator(hostPort));
  }

  private static JsonService service(RemoteLimits limits, JsonWire wire) {
    return new JsonService(new RemoteCalls("Tests", limits, refusal -> "look"), wire);
  }

  private static JsonObject request() {
    JsonObject request = new JsonObject();
    request.addProperty("name", "é");
    return request;
  }

  private static String error() {
    return "{\"error\": {\"code\": 404, \"status\": \"NOT_FOUND\", \"message\": \"no such thing\"}}";
  }

  private static void answer(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    if (bytes.length > 0) {
      exchange.getResponseBody().write(bytes);
    }
  }

  private void hang() {
    hangFor(60_000);
  }

  private void hangFor(long millis) {
    try {
      over.await(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
