package dev.whatsit.transcoding;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.cloud.tasks.v2.CloudTasksProto;
import com.google.cloud.tasks.v2.CreateTaskRequest;
import com.google.cloud.tasks.v2.Task;
import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.rpc.Code;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TranscodedMethodTest {
  private static final String PATH = "/v2/projects/p/locations/l/queues/q/tasks";

  private final List<CreateTaskRequest> requests = new CopyOnWriteArrayList<>();
  private TranscodedMethod<CreateTaskRequest, Task> method;

  @BeforeEach
  void serve() throws IOException {
    method =
        new TranscodedMethod<>(
            CloudTasksProto.getDescriptor(),
            "CloudTasks",
            "CreateTask",
            CreateTaskRequest.parser(),
            this::create);
  }

  private Task create(CreateTaskRequest request) throws CallRefused, ForeignAnswer {
    requests.add(request);
    return switch (request.getTask().getName()) {
      case "" -> throw new CallRefused(Code.ALREADY_EXISTS, "said \"so\"");
      case "later" ->
          throw new CallRefused(
              Status.newBuilder()
                  .setCode(Code.RESOURCE_EXHAUSTED_VALUE)
                  .addDetails(
                      Any.pack(
                          RetryInfo.newBuilder()
                              .setRetryDelay(Duration.newBuilder().setSeconds(300))
                              .build()))
                  .build());
      case "between" -> throw new ForeignAnswer(503, "7", "<html>");
      default -> request.getTask();
    };
  }

  @AfterEach
  void stop() {
    method.close();
  }

  @Test
  void post_whatTheDefinitionHas_isReadWithThePath() throws Exception {
    HttpResponse<String> answer =
        post(PATH, "{\"task\":{\"name\":\"n\",\"scheduleTime\":\"2026-11-21T09:00:01Z\"}}");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).contains("\"scheduleTime\": \"2026-11-21T09:00:01Z\"");
    assertThat(requests).hasSize(1);
    assertThat(requests.get(0).getParent()).isEqualTo("projects/p/locations/l/queues/q");
    assertThat(requests.get(0).getTask().getScheduleTime().getSeconds()).isEqualTo(1795251601);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"task\":{\"nom\":\"n\"}}",
        "{\"task\":{\"scheduleTime\":\"tomorrow\"}}",
        "{\"task\":{\"httpRequest\":{\"httpMethod\":\"POUT\"}}}",
        "{\"task\":",
      })
  void post_whatTheDefinitionHasNot_isRefused(String body) throws Exception {
    HttpResponse<String> answer = post(PATH, body);

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("\"status\":\"INVALID_ARGUMENT\"");
    assertThat(requests).isEmpty();
  }

  @Test
  void post_refused_isAnErrorAsTheServiceHasIt() throws Exception {
    HttpResponse<String> answer = post(PATH, "{\"task\":{}}");

    assertThat(answer.statusCode()).isEqualTo(409);
    assertThat(answer.body())
        .contains("\"error\"", "\"code\":409", "\"status\":\"ALREADY_EXISTS\"")
        .contains("\"message\":\"said \\\"so\\\"\"");
  }

  @Test
  void post_refusedWithDetails_hasThemAsTheServiceHasThem() throws Exception {
    HttpResponse<String> answer = post(PATH, "{\"task\":{\"name\":\"later\"}}");

    assertThat(answer.statusCode()).isEqualTo(429);
    assertThat(answer.body())
        .contains("\"code\":429", "\"status\":\"RESOURCE_EXHAUSTED\"", "\"details\":[{")
        .contains("\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\"")
        .contains("\"retryDelay\":\"300s\"");
  }

  @Test
  void post_answeredBySomethingBetween_isThatAnswer() throws Exception {
    HttpResponse<String> answer = post(PATH, "{\"task\":{\"name\":\"between\"}}");

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.headers().firstValue("Retry-After")).hasValue("7");
    assertThat(answer.body()).isEqualTo("<html>");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v2/projects/p/locations/l/queues/q/r/tasks",
        "/v2/projects/p/locations/l/queues/q/tasks/t",
        "/v2/projects/p/locations/l/queues/q/tasks?x=y",
        "/v2beta3/projects/p/locations/l/queues/q/tasks"
      })
  void post_otherPath_isNotFound(String path) throws Exception {
    assertThat(post(path, "{\"task\":{\"name\":\"n\"}}").statusCode()).isEqualTo(404);
    assertThat(requests).isEmpty();
  }

  private HttpResponse<String> post(String path, String body) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create("http://" + method.hostPort() + path))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
  }
}
