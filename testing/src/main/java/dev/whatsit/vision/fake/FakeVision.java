package dev.whatsit.vision.fake;

import com.google.cloud.vision.v1.AnnotateImageResponse;
import com.google.cloud.vision.v1.BatchAnnotateImagesRequest;
import com.google.cloud.vision.v1.BatchAnnotateImagesResponse;
import com.google.cloud.vision.v1.ImageAnnotatorGrpc.ImageAnnotatorImplBase;
import com.google.rpc.Status;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.StatusException;
import io.grpc.okhttp.OkHttpServerBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A fake of Vision's {@code BatchAnnotateImages}, over plaintext gRPC on a free port of the
 * loopback address. A request gets the response of the next {@link Responder} in the queue, else of
 * the default one, which recognises nothing. Thread-safe.
 */
public final class FakeVision implements AutoCloseable {
  /** Produces the response to one request, on its own thread: it may block. */
  @FunctionalInterface
  public interface Responder {
    /**
     * Responds to one request.
     *
     * @throws StatusException to fail the call with that status
     * @throws InterruptedException when the fake is closed
     */
    BatchAnnotateImagesResponse respond(BatchAnnotateImagesRequest request)
        throws StatusException, InterruptedException;
  }

  private final Queue<Responder> queue = new ConcurrentLinkedQueue<>();
  private final List<BatchAnnotateImagesRequest> requests = new CopyOnWriteArrayList<>();
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "fake-vision");
            thread.setDaemon(true);
            return thread;
          });
  private final Server server;
  private volatile Responder byDefault = response(AnnotateImageResponse.newBuilder());

  private FakeVision() throws IOException {
    server =
        OkHttpServerBuilder.forPort(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                InsecureServerCredentials.create())
            .executor(threads)
            .addService(new Service())
            .build()
            .start();
  }

  /** Starts the fake. */
  public static FakeVision start() throws IOException {
    return new FakeVision();
  }

  /** The port that it listens on. */
  public int port() {
    return server.getPort();
  }

  /** Its address for the setting {@code VISION_ENDPOINT}. */
  public String endpoint() {
    return "http://127.0.0.1:" + port();
  }

  /** Replaces the default responder. */
  public void respondWith(Responder responder) {
    byDefault = responder;
  }

  /** Queues responders for the next requests, one each. */
  public void respondNext(Responder... responders) {
    queue.addAll(List.of(responders));
  }

  /** Every request that arrived, in order. */
  public List<BatchAnnotateImagesRequest> requests() {
    return List.copyOf(requests);
  }

  /** Responds with this result for one image. */
  public static Responder response(AnnotateImageResponse.Builder image) {
    BatchAnnotateImagesResponse response =
        BatchAnnotateImagesResponse.newBuilder().addResponses(image).build();
    return request -> response;
  }

  /**
   * Responds OK with an error on the image.
   *
   * @param code a number of {@code google.rpc.Code}
   */
  public static Responder imageError(int code, String message) {
    return response(
        AnnotateImageResponse.newBuilder()
            .setError(Status.newBuilder().setCode(code).setMessage(message)));
  }

  /** Fails the call. */
  public static Responder failure(io.grpc.Status status) {
    return request -> {
      throw status.asException();
    };
  }

  /** Fails the call with details, as the service does for an exceeded quota. */
  public static Responder failure(Status status) {
    return request -> {
      throw StatusProto.toStatusException(status);
    };
  }

  /** Hangs until the fake is closed. */
  public static Responder hang() {
    return request -> {
      new CountDownLatch(1).await();
      throw new AssertionError("only an interrupt ends this");
    };
  }

  /** Ends every call and interrupts its responder. */
  @Override
  public void close() {
    server.shutdownNow();
    threads.shutdownNow();
  }

  private final class Service extends ImageAnnotatorImplBase {
    @Override
    public void batchAnnotateImages(
        BatchAnnotateImagesRequest request, StreamObserver<BatchAnnotateImagesResponse> observer) {
      // Without a handler, responding to a call that its client has cancelled throws.
      ((ServerCallStreamObserver<BatchAnnotateImagesResponse>) observer)
          .setOnCancelHandler(() -> {});
      requests.add(request);
      Responder responder = queue.poll();
      try {
        observer.onNext((responder == null ? byDefault : responder).respond(request));
        observer.onCompleted();
      } catch (StatusException e) {
        observer.onError(e);
      } catch (InterruptedException e) {
        observer.onError(io.grpc.Status.CANCELLED.withCause(e).asException());
      }
    }
  }
}
