package dev.whatsit.tasks;

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
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * As much of Cloud Tasks as creates tasks, over real gRPC: names once and for all, thirty days at
 * the most, and faults as it is told.
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
  private final Server server;
  private final Map<String, Task> tasks = new ConcurrentHashMap<>();
  private final Queue<Fault> faults = new ConcurrentLinkedQueue<>();
  private final AtomicInteger requests = new AtomicInteger();

  /** With a clock that stands still. */
  FakeCloudTasks(Instant now) throws IOException {
    this.now = now;
    this.server =
        OkHttpServerBuilder.forPort(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                InsecureServerCredentials.create())
            .addService(new Service())
            .build()
            .start();
  }

  String hostPort() {
    return "127.0.0.1:" + server.getPort();
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

  @Override
  public void close() {
    server.shutdownNow();
  }

  private final class Service extends CloudTasksGrpc.CloudTasksImplBase {
    @Override
    public void createTask(CreateTaskRequest request, StreamObserver<Task> answer) {
      requests.incrementAndGet();
      Fault fault = faults.poll();
      if (fault == Fault.HANGS) {
        return;
      }
      if (fault != null && fault != Fault.ANSWER_LOST) {
        answer.onError(Status.fromCode(Status.Code.valueOf(fault.name())).asRuntimeException());
        return;
      }
      Task task = request.getTask();
      Status refusal = refusal(request.getParent(), task);
      if (refusal == null && tasks.putIfAbsent(task.getName(), task) != null) {
        refusal = Status.ALREADY_EXISTS;
      }
      if (fault == Fault.ANSWER_LOST) {
        refusal = Status.UNAVAILABLE;
      }
      if (refusal != null) {
        answer.onError(refusal.asRuntimeException());
        return;
      }
      answer.onNext(task);
      answer.onCompleted();
    }

    private @Nullable Status refusal(String queue, Task task) {
      if (!task.getName().matches(queue + "/tasks/[A-Za-z0-9_-]{1,500}")) {
        return Status.INVALID_ARGUMENT.withDescription("name: " + task.getName());
      }
      if (task.getScheduleTime().getSeconds() > now.getEpochSecond() + MOST_AHEAD_SECONDS) {
        return Status.INVALID_ARGUMENT.withDescription("more than 30 days ahead");
      }
      return null;
    }
  }
}
