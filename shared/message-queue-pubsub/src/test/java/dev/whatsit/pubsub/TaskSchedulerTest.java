package dev.whatsit.pubsub;

import static dev.whatsit.pubsub.Samples.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.cloud.tasks.v2.HttpMethod;
import com.google.cloud.tasks.v2.HttpRequest;
import com.google.cloud.tasks.v2.Task;
import com.google.rpc.Code;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.queue.Message;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.faultproxy.Fault;
import dev.whatsit.faultproxy.GrpcProxy;
import dev.whatsit.tasks.fake.FakeCloudTasks;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Google's client with a faulty service. */
class TaskSchedulerTest {
  private static final String TOPIC = "projects/p/topics/work";
  private static final Message MESSAGE =
      new Message("ab12-1", Map.of("image_hash", "ab12", "run", "1"));
  private static final Instant DUE = Instant.parse("2026-11-21T09:00:00.250Z");
  private static final long SECOND = Instant.parse("2026-11-21T09:00:01Z").getEpochSecond();
  private static final Duration SHORT = Duration.ofMillis(600);

  /** The additional time of a call on a busy machine. */
  private static final Duration SLACK = Duration.ofSeconds(10);

  private FakeCloudTasks service;
  private GrpcProxy proxy;
  private TaskScheduler scheduler;

  @BeforeEach
  void start() throws IOException {
    service = new FakeCloudTasks(() -> NOW);
    proxy = GrpcProxy.to(service.hostPort());
    scheduler = scheduler(TaskScheduler.MAX_CALL);
  }

  private TaskScheduler scheduler(Duration maxCall) {
    return new TaskScheduler(
        new TasksSettings(Samples.QUEUE, Samples.ACCOUNT, proxy.hostPort()), maxCall);
  }

  @AfterEach
  void stop() {
    scheduler.close();
    proxy.close();
    service.close();
  }

  private List<String> schedule() {
    return scheduler.schedule("message ab12-1", Topic.WORK, TOPIC, List.of(MESSAGE), DUE);
  }

  @Test
  void schedule_message_isATaskThatPublishesAsTheAccount() {
    List<String> names = schedule();

    assertThat(service.tasks()).hasSize(1);
    Task task = service.tasks().get(0);
    assertThat(task.getName()).isEqualTo(Samples.QUEUE + "/tasks/ab12-1-" + SECOND);
    assertThat(names).containsExactly(task.getName());
    assertThat(task.getScheduleTime().getSeconds()).isEqualTo(SECOND);
    assertThat(task.getScheduleTime().getNanos()).isZero();
    assertThat(task.getDispatchDeadline().getSeconds()).isEqualTo(15);
    HttpRequest request = task.getHttpRequest();
    assertThat(request.getHttpMethod()).isEqualTo(HttpMethod.POST);
    assertThat(request.getUrl())
        .isEqualTo("https://pubsub.googleapis.com/v1/projects/p/topics/work:publish");
    assertThat(request.getHeadersMap()).containsEntry("Content-Type", "application/json");
    assertThat(request.getOauthToken().getServiceAccountEmail()).isEqualTo(Samples.ACCOUNT);
    assertThat(request.getOauthToken().getScope())
        .isEqualTo("https://www.googleapis.com/auth/pubsub");
    assertThat(request.getBody().toStringUtf8())
        .contains("\"ce-type\":\"dev.whatsit.work.v1\"", "\"ce-subject\":\"ab12\"")
        .contains("\"ce-specversion\":\"1.0\"", "\"ce-id\":\"ab12-1-" + SECOND)
        .contains("\"ce-source\":\"//pubsub.googleapis.com/projects/p/topics/work\"");
    assertThat(proxy.takeCalls()).hasSize(1);
  }

  @Test
  void schedule_responseLost_isDoneByTheClientItself() {
    proxy.failNext("CloudTasks/CreateTask", Fault.loseResponse(Code.UNAVAILABLE));

    schedule();

    assertThat(service.tasks()).hasSize(1);
    assertThat(proxy.takeCalls()).hasSize(2);
  }

  @Test
  void schedule_serviceHangs_failsInTime() {
    proxy.setFaults(call -> Fault.of(Fault.Kind.HANG_BEFORE));
    scheduler.close();
    scheduler = scheduler(SHORT);
    long begun = System.nanoTime();

    assertThatThrownBy(this::schedule)
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("Cloud Tasks: cannot schedule message ab12-1")
        .hasMessageContaining("DEADLINE_EXCEEDED");

    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(SHORT.plus(SLACK));
  }

  @ParameterizedTest
  @CsvSource({
    "NOT_FOUND,correct SCHEDULE_QUEUE",
    "PERMISSION_DENIED,roles/cloudtasks.enqueuer on the queue"
  })
  void schedule_refused_isNotRetriedAndSaysWhatToDo(Code code, String advice) {
    proxy.setFaults(call -> Fault.refuse(code));

    assertThatThrownBy(this::schedule)
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining(code.name())
        .hasMessageContaining(advice);

    assertThat(proxy.takeCalls()).hasSize(1);
  }
}
