package dev.whatsit.faults;

import com.google.cloud.tasks.v2.CloudTasksGrpc;
import com.google.cloud.tasks.v2.CreateTaskRequest;
import com.google.cloud.tasks.v2.Task;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.okhttp.OkHttpServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * As much of Cloud Tasks as creates tasks, over gRPC. A name can be used once. Who holds this makes
 * the calls of tasks that are due. Safe for use by several threads.
 */
final class FakeTasks extends CloudTasksGrpc.CloudTasksImplBase implements AutoCloseable {
  private final Server server;
  private final Set<String> names = new HashSet<>();
  private final List<Task> waiting = new ArrayList<>();

  FakeTasks() throws IOException {
    server =
        OkHttpServerBuilder.forPort(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                InsecureServerCredentials.create())
            .addService(this)
            .build()
            .start();
  }

  String hostPort() {
    return "127.0.0.1:" + server.getPort();
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

  @Override
  public synchronized void createTask(CreateTaskRequest request, StreamObserver<Task> caller) {
    Task task = request.getTask();
    if (!names.add(task.getName())) {
      caller.onError(Status.ALREADY_EXISTS.asRuntimeException());
      return;
    }
    waiting.add(task);
    caller.onNext(task);
    caller.onCompleted();
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
