package dev.whatsit.classifier.vision;

import com.google.cloud.vision.v1.AnnotateImageResponse;
import com.google.cloud.vision.v1.BatchAnnotateImagesRequest;
import com.google.cloud.vision.v1.BatchAnnotateImagesResponse;
import com.google.cloud.vision.v1.ImageAnnotatorGrpc.ImageAnnotatorImplBase;
import com.google.cloud.vision.v1.ImageAnnotatorProto;
import com.google.rpc.Status;
import dev.whatsit.transcoding.CallRefused;
import dev.whatsit.transcoding.ForeignAnswer;
import dev.whatsit.transcoding.TranscodedMethod;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * Vision's service on free ports of this machine, in JSON over HTTP by its own definition and,
 * where that is asked for, over gRPC. Answers what it was told to, in order, then nothing
 * recognised; keeps what it was asked.
 */
final class FakeVision extends ImageAnnotatorImplBase implements AutoCloseable {
  /** What becomes of one request. */
  interface Reply
      extends TranscodedMethod.Action<BatchAnnotateImagesRequest, BatchAnnotateImagesResponse> {}

  private final Queue<Reply> replies = new ConcurrentLinkedQueue<>();
  private final List<BatchAnnotateImagesRequest> requests = new CopyOnWriteArrayList<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final TranscodedMethod<BatchAnnotateImagesRequest, BatchAnnotateImagesResponse> overHttp;
  private @Nullable Server overGrpc;

  FakeVision() throws IOException {
    overHttp =
        new TranscodedMethod<>(
            ImageAnnotatorProto.getDescriptor(),
            "ImageAnnotator",
            "BatchAnnotateImages",
            BatchAnnotateImagesRequest.parser(),
            this::reply);
  }

  /** An answer on the image. */
  static Reply answer(AnnotateImageResponse.Builder response) {
    return request -> BatchAnnotateImagesResponse.newBuilder().addResponses(response).build();
  }

  /** An error on the image, in an answer that is fine. */
  static Reply imageError(int code, String message) {
    return answer(
        AnnotateImageResponse.newBuilder()
            .setError(Status.newBuilder().setCode(code).setMessage(message)));
  }

  /** An answer on no image. */
  static Reply nothing() {
    return request -> BatchAnnotateImagesResponse.getDefaultInstance();
  }

  /** A failure of the request. */
  static Reply failure(io.grpc.Status.Code code, String message) {
    return failure(Status.newBuilder().setCode(code.value()).setMessage(message).build());
  }

  /** A failure of the request with details. */
  static Reply failure(Status status) {
    return request -> {
      throw new CallRefused(status);
    };
  }

  /** An answer over HTTP that the service itself would not give. */
  static Reply raw(int status, @Nullable String retryAfter, String body) {
    return request -> {
      throw new ForeignAnswer(status, retryAfter, body);
    };
  }

  /** No answer until this is closed. */
  Reply hang() {
    return request -> {
      closed.await();
      throw new IOException("closed");
    };
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
    return URI.create(endpoint()).getPort();
  }

  /** As the setting names it. */
  String endpoint() {
    return "http://" + overHttp.hostPort();
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
    try {
      caller.onNext(reply(request));
      caller.onCompleted();
    } catch (CallRefused e) {
      caller.onError(StatusProto.toStatusException(e.status()));
    } catch (ForeignAnswer | IOException | InterruptedException e) {
      caller.onError(e);
    }
  }

  private BatchAnnotateImagesResponse reply(BatchAnnotateImagesRequest request)
      throws CallRefused, ForeignAnswer, IOException, InterruptedException {
    requests.add(request);
    Reply reply = replies.poll();
    return (reply == null ? answer(AnnotateImageResponse.newBuilder()) : reply).answer(request);
  }

  @Override
  public void close() {
    closed.countDown();
    overHttp.close();
    if (overGrpc != null) {
      overGrpc.shutdownNow();
    }
  }
}
