package dev.whatsit.invoker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.cloud.functions.CloudEventsFunction;
import com.google.cloud.functions.HttpFunction;
import com.google.cloud.functions.HttpRequest;
import com.google.cloud.functions.HttpResponse;
import io.cloudevents.CloudEvent;
import java.io.IOException;
import java.lang.reflect.Field;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class FunctionServerTest {
  private static final Queue<String> EVENTS = new ConcurrentLinkedQueue<>();

  private final HttpClient client = HttpClient.newHttpClient();

  /** Responds with the path. */
  public static final class Echo implements HttpFunction {
    @Override
    public void service(HttpRequest request, HttpResponse response) throws IOException {
      response.getOutputStream().write(request.getPath().getBytes(StandardCharsets.UTF_8));
    }
  }

  /** Keeps the ids of events. */
  public static final class Events implements CloudEventsFunction {
    @Override
    public void accept(CloudEvent event) {
      EVENTS.add(event.getId());
    }
  }

  /** Its constructor fails. */
  public static final class Broken implements HttpFunction {
    public Broken() {
      throw new IllegalArgumentException("setting X is wrong");
    }

    @Override
    public void service(HttpRequest request, HttpResponse response) {}
  }

  @Test
  void start_twoFunctions_eachAnswersOnItsOwnPort() throws Exception {
    try (FunctionServer echo = FunctionServer.start(Echo.class);
        FunctionServer events = FunctionServer.start(Events.class)) {
      assertThat(echo.port()).isNotEqualTo(events.port());
      String body =
          client
              .send(
                  java.net.http.HttpRequest.newBuilder(URI.create(echo.uri() + "/a/b")).build(),
                  java.net.http.HttpResponse.BodyHandlers.ofString())
              .body();
      assertThat(body).isEqualTo("/a/b");
      int status =
          client
              .send(
                  java.net.http.HttpRequest.newBuilder(events.uri())
                      .header("ce-id", "event-1")
                      .header("ce-source", "//test")
                      .header("ce-specversion", "1.0")
                      .header("ce-type", "test")
                      .header("Content-Type", "application/json")
                      .POST(java.net.http.HttpRequest.BodyPublishers.ofString("{}"))
                      .build(),
                  java.net.http.HttpResponse.BodyHandlers.discarding())
              .statusCode();
      assertThat(status).isEqualTo(200);
      assertThat(EVENTS).contains("event-1");
    }
  }

  @Test
  void start_functionThatCannotBeBuilt_saysWhy() {
    assertThatThrownBy(() -> FunctionServer.start(Broken.class))
        .isInstanceOf(IllegalStateException.class)
        .rootCause()
        .hasMessage("setting X is wrong");
  }

  /** The invoker used to keep listening, on all interfaces. */
  @Test
  void start_cannotBeMovedToLoopback_stopsTheInvoker() throws Exception {
    AtomicReference<Object> started = new AtomicReference<>();

    assertThatThrownBy(
            () ->
                FunctionServer.start(
                    Echo.class,
                    invoker -> {
                      Field server = invoker.getClass().getDeclaredField("server");
                      server.setAccessible(true);
                      started.set(server.get(invoker));
                      throw new IllegalStateException("no free port");
                    }))
        .hasStackTraceContaining("no free port");

    Object server = Objects.requireNonNull(started.get());
    assertThat(server.getClass().getMethod("isRunning").invoke(server)).isEqualTo(false);
  }

  @Test
  void serve_twoInstancesOfOneClass_eachAnswersForItself() throws Exception {
    try (FunctionServer one = FunctionServer.serve(answering("one"));
        FunctionServer two = FunctionServer.serve(answering("two"))) {
      assertThat(get(one.uri())).isEqualTo("one");
      assertThat(get(two.uri())).isEqualTo("two");
    }
  }

  /** The port that had just been opened was sometimes closed again, and connections failed. */
  @Test
  void serve_manyAtOnce_noneStopsListening() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Callable<String>> starts = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        String text = "number " + i;
        starts.add(
            () -> {
              try (FunctionServer server = FunctionServer.serve(answering(text))) {
                assertThat(get(server.uri())).isEqualTo(text);
                return text;
              }
            });
      }
      for (Future<String> answer : threads.invokeAll(starts)) {
        assertThat(answer.get()).startsWith("number ");
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void start_listensOnLoopbackOnly() throws Exception {
    try (FunctionServer server = FunctionServer.start(Echo.class)) {
      // A port bound on one address can be bound on another, but not if a wildcard address holds
      // it.
      try (ServerSocket other = new ServerSocket()) {
        other.setReuseAddress(false);
        other.bind(new InetSocketAddress("127.0.0.2", server.port()));
        assertThat(other.isBound()).isTrue();
      }
    }
  }

  private static HttpFunction answering(String text) {
    return (request, response) ->
        response.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
  }

  private String get(URI uri) throws Exception {
    return client
        .send(
            java.net.http.HttpRequest.newBuilder(uri).build(),
            java.net.http.HttpResponse.BodyHandlers.ofString())
        .body();
  }
}
