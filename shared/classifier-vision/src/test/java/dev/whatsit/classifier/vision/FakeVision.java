package dev.whatsit.classifier.vision;

import com.google.cloud.vision.v1.AnnotateImageResponse;
import com.google.cloud.vision.v1.BatchAnnotateImagesRequest;
import com.google.cloud.vision.v1.BatchAnnotateImagesResponse;
import com.google.cloud.vision.v1.ImageAnnotatorGrpc.ImageAnnotatorImplBase;
import io.grpc.Attributes;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.ServerTransportFilter;
import io.grpc.Status;
import io.grpc.okhttp.OkHttpServerBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Vision's service over gRPC on a free port of this machine. Answers what it was told to, in order,
 * then nothing recognised; keeps what it was asked.
 */
final class FakeVision extends ImageAnnotatorImplBase implements AutoCloseable {
  /** What becomes of one request. */
  interface Reply {
    void to(StreamObserver<BatchAnnotateImagesResponse> caller);
  }

  private final Queue<Reply> replies = new ConcurrentLinkedQueue<>();
  private final List<BatchAnnotateImagesRequest> requests = new CopyOnWriteArrayList<>();
  private final AtomicInteger connections = new AtomicInteger();
  private final Server server;

  FakeVision() throws IOException {
    server =
        OkHttpServerBuilder.forPort(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                InsecureServerCredentials.create())
            .addService(this)
            .addTransportFilter(
                new ServerTransportFilter() {
                  @Override
                  public Attributes transportReady(Attributes attributes) {
                    connections.incrementAndGet();
                    return attributes;
                  }
                })
            .build()
            .start();
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

  /** No answer, ever. */
  static Reply hang() {
    return caller -> {};
  }

  void willReply(Reply... inOrder) {
    replies.addAll(List.of(inOrder));
  }

  /** Every request so far. */
  List<BatchAnnotateImagesRequest> requests() {
    return List.copyOf(requests);
  }

  int connections() {
    return connections.get();
  }

  int port() {
    return server.getPort();
  }

  /** As the setting names it. */
  String endpoint() {
    return "http://127.0.0.1:" + port();
  }

  @Override
  public void batchAnnotateImages(
      BatchAnnotateImagesRequest request, StreamObserver<BatchAnnotateImagesResponse> caller) {
    requests.add(request);
    Reply reply = replies.poll();
    (reply == null ? answer(AnnotateImageResponse.newBuilder()) : reply).to(caller);
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
