package dev.whatsit.contracts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.whatsit.domain.callback.CallbackId;
import dev.whatsit.domain.callback.CallbackKind;
import dev.whatsit.domain.callback.ResultMessage;
import dev.whatsit.domain.callback.ResultQueue;
import dev.whatsit.domain.callback.Subject;
import dev.whatsit.domain.queue.TraceParent;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a {@link ResultQueue} promises to those that put messages in. */
public abstract class ResultQueueContract {
  private static final TraceParent TRACE =
      new TraceParent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");

  /** The queue under test. */
  protected abstract ResultQueue queue() throws Exception;

  /** The same queue as another process sees it, where that is another object. */
  protected ResultQueue otherQueue() throws Exception {
    return queue();
  }

  /**
   * Waits for a delivery of a message, leaves it unacknowledged, and makes the queue deliver it
   * again as soon as it may.
   *
   * @return the attributes that were delivered
   */
  protected abstract Map<String, String> awaitDelivery(String messageId) throws Exception;

  @Test
  void publish_toAll_isDeliveredWholeAndAgain() throws Exception {
    ResultMessage message = ResultMessage.toAll(subject());

    String id = queue().publish(message);

    assertThat(id).isNotBlank();
    assertThat(ResultMessage.fromAttributes(awaitDelivery(id))).isEqualTo(message);
    assertThat(ResultMessage.fromAttributes(awaitDelivery(id))).isEqualTo(message);
  }

  @Test
  void publish_toOneInATrace_isDeliveredWhole() throws Exception {
    Subject subject = subject();
    CallbackId callback =
        CallbackId.of(subject, CallbackKind.WEBHOOK, "https://example.org/größe?a=b&c=🐈");
    ResultMessage message = new ResultMessage(subject, callback, TRACE);

    String id = queue().publish(message);

    assertThat(ResultMessage.fromAttributes(awaitDelivery(id))).isEqualTo(message);
  }

  @Test
  void publish_sameMessageTwice_givesTwoIdsThatAreBothDelivered() throws Exception {
    ResultMessage message = ResultMessage.toAll(subject());

    String one = queue().publish(message);
    String two = otherQueue().publish(message);

    assertThat(one).isNotEqualTo(two);
    assertThat(ResultMessage.fromAttributes(awaitDelivery(one))).isEqualTo(message);
    assertThat(ResultMessage.fromAttributes(awaitDelivery(two))).isEqualTo(message);
  }

  @Test
  void checkReachable_reachable_passes() {
    assertThatCode(() -> queue().checkReachable()).doesNotThrowAnyException();
  }

  private static Subject subject() {
    return Subject.of(Samples.image().hash(), 7);
  }
}
