package dev.whatsit.faults;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.cloud.vision.v1.AnnotateImageRequest;
import com.google.cloud.vision.v1.BatchAnnotateImagesRequest;
import com.google.cloud.vision.v1.BatchAnnotateImagesResponse;
import com.google.cloud.vision.v1.Image;
import com.google.cloud.vision.v1.ImageAnnotatorGrpc;
import com.google.cloud.vision.v1.ImageSource;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The wires fail as they say they do: else the other tests here would prove nothing. */
class WireTest {
  private static final String IMAGE = "0a".repeat(32);
  private static final BatchAnnotateImagesRequest REQUEST =
      BatchAnnotateImagesRequest.newBuilder()
          .addRequests(
              AnnotateImageRequest.newBuilder()
                  .setImage(
                      Image.newBuilder()
                          .setSource(
                              ImageSource.newBuilder().setImageUri("gs://b/images/" + IMAGE))))
          .build();

  private final Story story = new Story();
  private final Calls calls = new Calls(story);
  private final AtomicInteger reached = new AtomicInteger();
  private FakeVision vision;
  private GrpcWire wire;
  private ManagedChannel client;

  @BeforeEach
  void start() throws IOException {
    vision = new FakeVision();
    vision.judgeBy(
        image -> {
          reached.incrementAndGet();
          return FakeVision.Verdict.SEEN;
        });
    wire = new GrpcWire(World.VISION, vision.hostPort(), calls, story);
    // As the adapters' channels are: what is lost is not sent again unasked.
    client =
        ManagedChannelBuilder.forTarget(wire.relay().hostPort())
            .usePlaintext()
            .disableRetry()
            .build();
  }

  @AfterEach
  void stop() {
    client.shutdownNow();
    wire.close();
    vision.close();
  }

  @ParameterizedTest
  @EnumSource(
      value = Fate.Kind.class,
      names = {"PASSED", "LATE"})
  void answered_isTheServicesAnswer(Fate.Kind kind) {
    calls.decideBy(call -> kind == Fate.Kind.LATE ? Fate.late(Duration.ofMillis(50)) : Fate.PASSED);

    String label = ask(60_000).getResponses(0).getLabelAnnotations(0).getDescription();

    assertThat(label).isEqualTo(FakeVision.labelOf(IMAGE));
    assertThat(reached).hasValue(1);
    assertThat(calls.take()).isEqualTo(List.of("vision.BatchAnnotateImages"));
  }

  @Test
  void refused_nothingIsDoneAndTheCallerIsTold() {
    calls.decideBy(call -> Fate.refused(Code.RESOURCE_EXHAUSTED));

    assertThat(failure(60_000)).isEqualTo(Code.RESOURCE_EXHAUSTED);
    assertThat(reached).hasValue(0);
  }

  @Test
  void lost_theWorkIsDoneAndTheCallerIsToldOtherwise() {
    calls.decideBy(call -> Fate.lost(Code.INTERNAL));

    assertThat(failure(60_000)).isEqualTo(Code.INTERNAL);
    assertThat(reached).hasValue(1);
  }

  @Test
  void hangs_nothingIsDoneAndOnlyTheDeadlineEndsIt() {
    calls.decideBy(call -> Fate.of(Fate.Kind.HANGS));

    assertThat(failure(300)).isEqualTo(Code.DEADLINE_EXCEEDED);
    assertThat(reached).hasValue(0);
  }

  @Test
  void dropped_nothingIsDoneAndTheConnectionEnds() {
    calls.decideBy(call -> call.number() == 1 ? Fate.of(Fate.Kind.DROPPED) : Fate.PASSED);

    assertThat(failure(60_000)).isIn(Code.UNAVAILABLE, Code.UNKNOWN);
    assertThat(reached).hasValue(0);
    assertThat(ask(60_000).getResponsesCount()).isEqualTo(1);
  }

  @Test
  void droppedOnceDone_theWorkIsDoneAndTheConnectionEnds() {
    calls.decideBy(call -> Fate.of(Fate.Kind.DROPPED_ONCE_DONE));

    assertThat(failure(60_000)).isIn(Code.UNAVAILABLE, Code.UNKNOWN);
    assertThat(reached).hasValue(1);
  }

  @Test
  void refuse_nobodyIsConnectedUntilItServesAgain() {
    assertThat(ask(60_000).getResponsesCount()).isEqualTo(1);
    wire.relay().refuse();
    assertThat(failure(60_000)).isIn(Code.UNAVAILABLE, Code.UNKNOWN);

    wire.relay().serve();

    BatchAnnotateImagesResponse answer =
        ImageAnnotatorGrpc.newBlockingStub(client)
            .withWaitForReady()
            .withDeadlineAfter(1, TimeUnit.MINUTES)
            .batchAnnotateImages(REQUEST);
    assertThat(answer.getResponsesCount()).isEqualTo(1);
  }

  /** Its thread still waited at the port, now and then, when the port was to be taken again. */
  @Test
  void refuse_andServeAtOnce_findsThePortFree() {
    for (int i = 0; i < 200; i++) {
      wire.relay().refuse();
      wire.relay().serve();
    }

    assertThat(ask(60_000).getResponsesCount()).isEqualTo(1);
  }

  @Test
  void imageOf_messages_isTheFirstHashAndNoPartOfALongerNumber() {
    assertThat(GrpcWire.imageOf(REQUEST.toByteArray())).isEqualTo(IMAGE);
    assertThat(GrpcWire.imageOf((IMAGE + "0").getBytes(UTF_8))).isEqualTo(Call.NO_IMAGE);
  }

  private Code failure(long millis) {
    return catchThrowableOfType(StatusRuntimeException.class, () -> ask(millis))
        .getStatus()
        .getCode();
  }

  private BatchAnnotateImagesResponse ask(long millis) {
    return ImageAnnotatorGrpc.newBlockingStub(client)
        .withDeadlineAfter(millis, TimeUnit.MILLISECONDS)
        .batchAnnotateImages(REQUEST);
  }
}
