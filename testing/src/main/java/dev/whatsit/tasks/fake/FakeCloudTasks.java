package dev.whatsit.tasks.fake;

import com.google.cloud.tasks.v2.CreateTaskRequest;
import com.google.cloud.tasks.v2.Task;
import io.grpc.InsecureServerCredentials;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.okhttp.OkHttpServerBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A fake of Cloud Tasks' {@code CreateTask}, over plaintext gRPC on a free port of the loopback
 * address. It enforces that a name is used only once and that a task is at most thirty days ahead.
 * It makes no calls: the test takes the due tasks. Thread-safe.
 */
public final class FakeCloudTasks implements AutoCloseable {
  private static final Duration MAX_AHEAD = Duration.ofDays(30);
  private static final String SERVICE = "google.cloud.tasks.v2.CloudTasks";
  private static final MethodDescriptor<CreateTaskRequest, Task> CREATE_TASK =
      MethodDescriptor.<CreateTaskRequest, Task>newBuilder()
          .setType(MethodDescriptor.MethodType.UNARY)
          .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, "CreateTask"))
          .setRequestMarshaller(ProtoUtils.marshaller(CreateTaskRequest.getDefaultInstance()))
          .setResponseMarshaller(ProtoUtils.marshaller(Task.getDefaultInstance()))
          .build();

  private final InstantSource clock;
  private final Server server;
  private final Set<String> names = new HashSet<>();
  private final List<Task> waiting = new ArrayList<>();

  /**
   * Starts the fake.
   *
   * @param clock the base of the thirty-day limit
   * @throws IOException if no port can be listened on
   */
  public FakeCloudTasks(InstantSource clock) throws IOException {
    this.clock = clock;
    this.server =
        OkHttpServerBuilder.forPort(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                InsecureServerCredentials.create())
            .addService(
                ServerServiceDefinition.builder(SERVICE)
                    .addMethod(CREATE_TASK, ServerCalls.asyncUnaryCall(this::create))
                    .build())
            .build()
            .start();
  }

  /** Where it listens, for {@code CLOUD_TASKS_EMULATOR_HOST}. */
  public String hostPort() {
    return "127.0.0.1:" + server.getPort();
  }

  /** The tasks that were not taken yet. */
  public synchronized List<Task> tasks() {
    return List.copyOf(waiting);
  }

  /** Removes and returns the due tasks. */
  public synchronized List<Task> take(Instant now) {
    List<Task> due =
        waiting.stream()
            .filter(task -> task.getScheduleTime().getSeconds() <= now.getEpochSecond())
            .toList();
    waiting.removeAll(due);
    return due;
  }

  private synchronized void create(CreateTaskRequest request, StreamObserver<Task> observer) {
    Task task = request.getTask();
    Status refusal = refusal(request.getParent(), task);
    if (refusal != null) {
      observer.onError(refusal.asException());
      return;
    }
    names.add(task.getName());
    waiting.add(task);
    observer.onNext(task);
    observer.onCompleted();
  }

  private @Nullable Status refusal(String queue, Task task) {
    if (!task.getName().matches(queue + "/tasks/[A-Za-z0-9_-]{1,500}")) {
      return Status.INVALID_ARGUMENT.withDescription("name: " + task.getName());
    }
    if (task.getScheduleTime().getSeconds() > clock.instant().plus(MAX_AHEAD).getEpochSecond()) {
      return Status.INVALID_ARGUMENT.withDescription("more than 30 days ahead");
    }
    return names.contains(task.getName()) ? Status.ALREADY_EXISTS : null;
  }

  /** Closes every connection. */
  @Override
  public void close() {
    server.shutdownNow();
  }
}
