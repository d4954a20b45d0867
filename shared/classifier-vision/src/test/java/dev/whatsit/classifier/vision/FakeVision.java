package dev.whatsit.classifier.vision;

import com.google.api.AnnotationsProto;
import com.google.cloud.vision.v1.AnnotateImageResponse;
import com.google.cloud.vision.v1.BatchAnnotateImagesRequest;
import com.google.cloud.vision.v1.BatchAnnotateImagesResponse;
import com.google.cloud.vision.v1.ImageAnnotatorGrpc.ImageAnnotatorImplBase;
import com.google.cloud.vision.v1.ImageAnnotatorProto;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import com.google.rpc.RetryInfo;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * Vision's service on free ports of this machine, in JSON over HTTP and, where that is asked for,
 * over gRPC. Answers what it was told to, in order, then nothing recognised; keeps what it was
 * asked. It knows nothing but Google's own messages: between them and JSON Google's own library
 * translates, which takes no field and no value that the messages do not have.
 */
final class FakeVision extends ImageAnnotatorImplBase implements AutoCloseable {
  /** As the method's own definition has it. */
  private static final String PATH =
      ImageAnnotatorProto.getDescriptor()
          .findServiceByName("ImageAnnotator")
          .findMethodByName("BatchAnnotateImages")
          .getOptions()
          .getExtension(AnnotationsProto.http)
          .getPost();

  private static final JsonFormat.Printer PRINTER =
      JsonFormat.printer()
          .usingTypeRegistry(TypeRegistry.newBuilder().add(RetryInfo.getDescriptor()).build());

  static {
    // Else each answer waits for the acknowledgement of its own headers, up to 40 ms. The JDK reads
    // this once, when its first server is made.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  /** What becomes of one request. */
  interface Reply {
    void to(StreamObserver<BatchAnnotateImagesResponse> caller);
  }

  private final Queue<Reply> replies = new ConcurrentLinkedQueue<>();
  private final List<BatchAnnotateImagesRequest> requests = new CopyOnWriteArrayList<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final HttpServer server;
  private @Nullable Server overGrpc;

  FakeVision() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  /** An answer on the image. */
  static Reply answer(AnnotateImageResponse.Builder response) {
    return caller -> {
      caller.onNext(BatchAnnotateImagesResponse.newBuilder().addResponses(response).build());
      caller.onCompleted();
    };
  }

  /** An error on the image, in an answer that is fine. */
  static Reply imageError(int code, String message) {
    return answer(
        AnnotateImageResponse.newBuilder()
            .setError(com.google.rpc.Status.newBuilder().setCode(code).setMessage(message)));
  }

  /** An answer on no image. */
  static Reply nothing() {
    return caller -> {
      caller.onNext(BatchAnnotateImagesResponse.getDefaultInstance());
      caller.onCompleted();
    };
  }

  /** A failure of the request. */
  static Reply failure(Status.Code code, String message) {
    return caller -> caller.onError(code.toStatus().withDescription(message).asException());
  }

  /** A failure of the request with details. */
  static Reply failure(com.google.rpc.Status status) {
    return caller -> caller.onError(StatusProto.toStatusException(status));
  }

  /** An answer over HTTP that the service itself would not give. */
  static Reply raw(int status, @Nullable String retryAfter, String body) {
    return caller -> ((JsonCaller) caller).answer(status, retryAfter, body);
  }

  /** No answer, ever. */
  static Reply hang() {
    return caller -> {};
  }

  void willReply(Reply... inOrder) {
    replies.addAll(List.of(inOrder));
  }

  /** Every request so far, whichever way it came. */
  List<BatchAnnotateImagesRequest> requests() {
    return List.copyOf(requests);
  }

  /** For JSON over HTTP. */
  int port() {
    return server.getAddress().getPort();
  }

  /** As the setting names it. */
  String endpoint() {
    return "http://127.0.0.1:" + port();
  }

  /** {@code host:port} for gRPC. */
  String grpcTarget() throws IOException {
    if (overGrpc == null) {
      overGrpc =
          Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
              .addService(this)
              .build()
              .start();
    }
    return "127.0.0.1:" + overGrpc.getPort();
  }

  @Override
  public void batchAnnotateImages(
      BatchAnnotateImagesRequest request, StreamObserver<BatchAnnotateImagesResponse> caller) {
    requests.add(request);
    Reply reply = replies.poll();
    (reply == null ? answer(AnnotateImageResponse.newBuilder()) : reply).to(caller);
  }

  /** Who gets no answer here hangs. */
  private void handle(HttpExchange exchange) throws IOException {
    String json = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    JsonCaller caller = new JsonCaller(exchange);
    BatchAnnotateImagesRequest.Builder request = BatchAnnotateImagesRequest.newBuilder();
    try {
      if (!(exchange.getRequestMethod() + " " + exchange.getRequestURI()).equals("POST " + PATH)) {
        throw Status.NOT_FOUND.asRuntimeException();
      }
      JsonFormat.parser().merge(json, request);
    } catch (InvalidProtocolBufferException e) {
      caller.onError(Status.INVALID_ARGUMENT.withDescription(e.getMessage()).asException());
      return;
    } catch (RuntimeException e) {
      caller.onError(e);
      return;
    }
    batchAnnotateImages(request.build(), caller);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
    if (overGrpc != null) {
      overGrpc.shutdownNow();
    }
  }

  /** Who asks in JSON. */
  private static final class JsonCaller implements StreamObserver<BatchAnnotateImagesResponse> {
    private final HttpExchange exchange;

    JsonCaller(HttpExchange exchange) {
      this.exchange = exchange;
    }

    @Override
    public void onNext(BatchAnnotateImagesResponse response) {
      try {
        answer(200, null, PRINTER.print(response));
      } catch (InvalidProtocolBufferException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** "Errors", API design guide. */
    @Override
    public void onError(Throwable failure) {
      com.google.rpc.Status status = StatusProto.fromThrowable(failure);
      if (status == null) {
        throw new AssertionError(failure);
      }
      Status.Code code = Status.fromCodeValue(status.getCode()).getCode();
      int http = httpStatus(code);
      try {
        // As the message has it, but for the one number and the name beside it.
        String json = PRINTER.omittingInsignificantWhitespace().print(status);
        String numbered =
            json.replaceFirst(
                "\"code\":" + status.getCode(),
                "\"code\":" + http + ",\"status\":\"" + code + "\"");
        answer(http, null, "{\"error\":" + numbered + "}");
      } catch (InvalidProtocolBufferException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void onCompleted() {}

    /** The HTTP mapping of google.rpc.Code. */
    private static int httpStatus(Status.Code code) {
      return switch (code) {
        case INVALID_ARGUMENT, FAILED_PRECONDITION, OUT_OF_RANGE -> 400;
        case UNAUTHENTICATED -> 401;
        case PERMISSION_DENIED -> 403;
        case NOT_FOUND -> 404;
        case ABORTED, ALREADY_EXISTS -> 409;
        case RESOURCE_EXHAUSTED -> 429;
        case CANCELLED -> 499;
        case UNIMPLEMENTED -> 501;
        case UNAVAILABLE -> 503;
        case DEADLINE_EXCEEDED -> 504;
        default -> 500;
      };
    }

    private void answer(int status, @Nullable String retryAfter, String body) {
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      try (exchange) {
        exchange.getResponseHeaders().set("Content-Type", "application/json; charset=UTF-8");
        if (retryAfter != null) {
          exchange.getResponseHeaders().set("Retry-After", retryAfter);
        }
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
