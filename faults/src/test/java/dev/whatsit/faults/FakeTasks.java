package dev.whatsit.faults;

import com.google.cloud.tasks.v2.CloudTasksProto;
import com.google.cloud.tasks.v2.CreateTaskRequest;
import com.google.cloud.tasks.v2.Task;
import com.google.rpc.Code;
import dev.whatsit.transcoding.CallRefused;
import dev.whatsit.transcoding.TranscodedMethod;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * As much of Cloud Tasks as creates tasks, over HTTP. A name can be used once. Who holds this makes
 * the calls of tasks that are due. Thread-safe.
 */
final class FakeTasks implements AutoCloseable {
  private final TranscodedMethod<CreateTaskRequest, Task> server;
  private final Set<String> names = new HashSet<>();
  private final List<Task> waiting = new ArrayList<>();

  FakeTasks() throws IOException {
    server =
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

  /** Takes those that are due. */
  synchronized List<Task> take(Instant now) {
    List<Task> due = new ArrayList<>();
    for (Task task : waiting) {
      if (task.getScheduleTime().getSeconds() <= now.getEpochSecond()) {
        due.add(task);
      }
    }
    waiting.removeAll(due);
    return due;
  }

  private synchronized Task create(CreateTaskRequest request) throws CallRefused {
    Task task = request.getTask();
    if (!names.add(task.getName())) {
      throw new CallRefused(Code.ALREADY_EXISTS, "there was one of this name");
    }
    waiting.add(task);
    return task;
  }

  @Override
  public void close() {
    server.close();
  }
}
