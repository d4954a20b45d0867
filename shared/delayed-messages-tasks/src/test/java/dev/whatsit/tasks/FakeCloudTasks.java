package dev.whatsit.tasks;

import com.google.cloud.tasks.v2.CloudTasksProto;
import com.google.cloud.tasks.v2.CreateTaskRequest;
import com.google.cloud.tasks.v2.Task;
import com.google.rpc.Code;
import dev.whatsit.transcoding.CallRefused;
import dev.whatsit.transcoding.TranscodedMethod;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * As much of Cloud Tasks as creates tasks, over real HTTP and read by its own definition: names
 * once and for all, thirty days at the most, and faults as it is told.
 */
final class FakeCloudTasks implements AutoCloseable {
  private static final long MOST_AHEAD_SECONDS = 30L * 24 * 3600;

  /** What is done with one request. */
  enum Fault {
    /** Carried out, but the caller is told that it could not be. */
    ANSWER_LOST,
    /** Refused: try again. */
    UNAVAILABLE,
    /** Refused: there is no such queue. */
    NOT_FOUND,
    /** Refused: the caller may not. */
    PERMISSION_DENIED,
    /** Never answered. */
    HANGS
  }

  private final Instant now;
  private final TranscodedMethod<CreateTaskRequest, Task> server;
  private final Map<String, Task> tasks = new ConcurrentHashMap<>();
  private final Queue<Fault> faults = new ConcurrentLinkedQueue<>();
  private final AtomicInteger requests = new AtomicInteger();
  private final CountDownLatch never = new CountDownLatch(1);

  /** With a clock that stands still. */
  FakeCloudTasks(Instant now) throws IOException {
    this.now = now;
    this.server =
        new TranscodedMethod<>(
            CloudTasksProto.getDescriptor(),
            "CloudTasks",
            "CreateTask",
            CreateTaskRequest.parser(),
            this::create);
  }

  String hostPort() {
    return server.hostPort();
  }

  /** Has the next requests come to these, one each. */
  void next(Fault... each) {
    faults.addAll(List.of(each));
  }

  int requests() {
    return requests.get();
  }

  /** Every task that there is. */
  List<Task> tasks() {
    return List.copyOf(tasks.values());
  }

  private Task create(CreateTaskRequest request) throws CallRefused, InterruptedException {
    requests.incrementAndGet();
    Fault fault = faults.poll();
    if (fault == Fault.HANGS) {
      never.await();
    }
    if (fault != null && fault != Fault.ANSWER_LOST) {
      throw new CallRefused(Code.valueOf(fault.name()), "told to");
    }
    Task task = request.getTask();
    check(request.getParent(), task);
    boolean isNew = tasks.putIfAbsent(task.getName(), task) == null;
    if (fault == Fault.ANSWER_LOST) {
      throw new CallRefused(Code.UNAVAILABLE, "told to");
    }
    if (!isNew) {
      throw new CallRefused(Code.ALREADY_EXISTS, "there was one of this name");
    }
    return task;
  }

  private void check(String queue, Task task) throws CallRefused {
    if (!task.getName().matches(queue + "/tasks/[A-Za-z0-9_-]{1,500}")) {
      throw new CallRefused(Code.INVALID_ARGUMENT, "name: " + task.getName());
    }
    if (task.getScheduleTime().getSeconds() > now.getEpochSecond() + MOST_AHEAD_SECONDS) {
      throw new CallRefused(Code.INVALID_ARGUMENT, "more than 30 days ahead");
    }
  }

  @Override
  public void close() {
    server.close();
  }
}
