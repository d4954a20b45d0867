package dev.whatsit.tasks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.api.ClientProto;
import com.google.cloud.tasks.v2.CloudTasksProto;
import com.google.cloud.tasks.v2.HttpMethod;
import com.google.cloud.tasks.v2.HttpRequest;
import com.google.cloud.tasks.v2.Task;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.whatsit.contracts.DelayedMessagesContract;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.queue.DelayedMessage;
import dev.whatsit.domain.queue.DelayedMessages;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.tasks.FakeCloudTasks.Fault;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The real client against a fake of the service. */
class CloudTasksMessagesTest extends DelayedMessagesContract {
  private static final Instant NOW = Instant.parse("2026-11-21T08:19:44Z");
  private static final String QUEUE = "projects/p/locations/l/queues/later";
  private static final String ACCOUNT = "schedule@p.iam.gserviceaccount.com";
  private static final Map<Topic, String> TOPICS =
      Map.of(Topic.WORK, "projects/p/topics/work", Topic.RESULTS, "projects/p/topics/results");
  private static final DelayedMessage MESSAGE =
      new DelayedMessage(
          "ab12-1",
          Topic.WORK,
          Map.of("image_hash", "ab12", "run", "1"),
          Instant.parse("2026-11-21T09:00:00.250Z"));

  private FakeCloudTasks service;
  private CloudTasksMessages messages;
  private CloudTasksMessages others;

  @BeforeEach
  void start() throws IOException {
    service = new FakeCloudTasks(NOW);
    messages = CloudTasksMessages.of(settings(service.hostPort()));
    others = CloudTasksMessages.of(settings(service.hostPort()));
  }

  @AfterEach
  void stop() {
    messages.close();
    others.close();
    service.close();
  }

  private static TasksSettings settings(String hostPort) {
    return new TasksSettings(QUEUE, ACCOUNT, TOPICS, hostPort);
  }

  @Override
  protected DelayedMessages delayed() {
    return messages;
  }

  @Override
  protected DelayedMessages otherDelayed() {
    return others;
  }

  @Override
  protected Instant now() {
    return NOW;
  }

  @Override
  protected void loseNextAnswer() {
    service.next(Fault.ANSWER_LOST);
  }

  @Override
  protected List<Map<String, String>> comeBy(Topic topic, Instant instant) {
    return service.tasks().stream()
        .filter(task -> task.getScheduleTime().getSeconds() <= instant.getEpochSecond())
        .filter(
            task ->
                task.getHttpRequest()
                    .getUrl()
                    .equals("https://pubsub.googleapis.com/v1/" + TOPICS.get(topic) + ":publish"))
        .map(CloudTasksMessagesTest::attributes)
        .toList();
  }

  /** Those of the one message, without what makes it a CloudEvent. */
  private static Map<String, String> attributes(Task task) {
    JsonObject body =
        JsonParser.parseString(task.getHttpRequest().getBody().toStringUtf8()).getAsJsonObject();
    JsonArray published = body.getAsJsonArray("messages");
    assertThat(published).hasSize(1);
    Map<String, String> attributes = new HashMap<>();
    published
        .get(0)
        .getAsJsonObject()
        .getAsJsonObject("attributes")
        .entrySet()
        .forEach(entry -> attributes.put(entry.getKey(), entry.getValue().getAsString()));
    attributes.keySet().removeIf(name -> name.startsWith("ce-"));
    return attributes;
  }

  @Test
  void put_message_isATaskThatPublishesAsTheAccount() {
    messages.put(MESSAGE);

    assertThat(service.tasks()).hasSize(1);
    Task task = service.tasks().get(0);
    Instant second = Instant.parse("2026-11-21T09:00:01Z");
    assertThat(task.getName()).isEqualTo(QUEUE + "/tasks/ab12-1-" + second.getEpochSecond());
    assertThat(task.getScheduleTime().getSeconds()).isEqualTo(second.getEpochSecond());
    assertThat(task.getScheduleTime().getNanos()).isZero();
    assertThat(task.getDispatchDeadline().getSeconds()).isEqualTo(15);
    HttpRequest request = task.getHttpRequest();
    assertThat(request.getHttpMethod()).isEqualTo(HttpMethod.POST);
    assertThat(request.getUrl())
        .isEqualTo("https://pubsub.googleapis.com/v1/projects/p/topics/work:publish");
    assertThat(request.getHeadersMap()).containsEntry("Content-Type", "application/json");
    assertThat(request.getOauthToken().getServiceAccountEmail()).isEqualTo(ACCOUNT);
    assertThat(request.getOauthToken().getScope())
        .isEqualTo("https://www.googleapis.com/auth/pubsub");
    assertThat(request.getBody().toStringUtf8())
        .contains("\"ce-type\":\"dev.whatsit.work.v1\"", "\"ce-subject\":\"ab12\"")
        .contains("\"ce-specversion\":\"1.0\"", "\"ce-id\":\"ab12-1-" + second.getEpochSecond())
        .contains("\"ce-source\":\"//pubsub.googleapis.com/projects/p/topics/work\"");
    assertThat(service.requests()).isEqualTo(1);
  }

  @Test
  void service_isWhereItsDefinitionSays() {
    String host =
        CloudTasksProto.getDescriptor()
            .findServiceByName("CloudTasks")
            .getOptions()
            .getExtension(ClientProto.defaultHost);

    assertThat(CloudTasksMessages.SERVICE).isEqualTo(URI.create("https://" + host));
  }

  @Test
  void put_answerLost_isDoneByTheClientItself() {
    service.next(Fault.ANSWER_LOST);

    messages.put(MESSAGE);

    assertThat(service.tasks()).hasSize(1);
    assertThat(service.requests()).isEqualTo(2);
  }

  @Test
  void put_unavailableForAMoment_isTriedAgain() {
    service.next(Fault.UNAVAILABLE, Fault.UNAVAILABLE);

    messages.put(MESSAGE);

    assertThat(service.tasks()).hasSize(1);
    assertThat(service.requests()).isEqualTo(3);
  }

  @Test
  void put_oneAttemptHangs_isTriedAgain() {
    service.next(Fault.HANGS);

    messages.put(MESSAGE);

    assertThat(service.tasks()).hasSize(1);
    assertThat(service.requests()).isEqualTo(2);
  }

  @Test
  void put_serviceHangs_failsInTime() {
    service.next(Fault.HANGS, Fault.HANGS, Fault.HANGS, Fault.HANGS, Fault.HANGS, Fault.HANGS);
    try (CloudTasksMessages hasty =
        CloudTasksMessages.of(settings(service.hostPort()), Duration.ofMillis(600))) {
      long begun = System.nanoTime();

      assertThatThrownBy(() -> hasty.put(MESSAGE))
          .isInstanceOf(TransientFailure.class)
          .hasMessageContaining("Cloud Tasks: cannot put message ab12-1-")
          .hasMessageContaining("no answer within");

      // Many times what it may take: it ends by its own time and not by the client's, 20 s.
      assertThat(Duration.ofNanos(System.nanoTime() - begun))
          .isLessThan(CloudTasksMessages.LONGEST_CALL);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "NOT_FOUND,mend SCHEDULE_QUEUE",
    "PERMISSION_DENIED,roles/cloudtasks.enqueuer on the queue"
  })
  void put_refused_isNotTriedAgainAndSaysWhatToDo(Fault fault, String advice) {
    service.next(fault);

    assertThatThrownBy(() -> messages.put(MESSAGE))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining(fault.name())
        .hasMessageContaining(advice);

    assertThat(service.requests()).isEqualTo(1);
  }

  @Test
  void put_noService_failsInTime() {
    TasksSettings nobody = settings(service.hostPort());
    service.close();
    try (CloudTasksMessages hasty = CloudTasksMessages.of(nobody, Duration.ofMillis(600))) {
      assertThatThrownBy(() -> hasty.put(MESSAGE)).isInstanceOf(TransientFailure.class);
    }
  }

  @Test
  void put_topicThatNoSettingNames_isRefused() {
    try (CloudTasksMessages none =
        CloudTasksMessages.of(new TasksSettings(QUEUE, ACCOUNT, Map.of(), service.hostPort()))) {
      assertThatThrownBy(() -> none.put(MESSAGE))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("WORK_TOPIC");
    }
  }

  @Test
  void put_afterTheClose_fails() {
    messages.close();

    assertThatThrownBy(() -> messages.put(MESSAGE))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("this instance stops");
  }
}
