package dev.whatsit.contracts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.queue.DelayedMessage;
import dev.whatsit.domain.queue.DelayedMessages;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.queue.WorkMessage;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What {@link DelayedMessages} promise to those that put messages in. */
public abstract class DelayedMessagesContract {
  private static final int RACERS = 32;
  private static final String MARK = "mark";

  /** The messages under test. */
  protected abstract DelayedMessages delayed() throws Exception;

  /** The same as another process sees them, where that is another object. */
  protected DelayedMessages otherDelayed() throws Exception {
    return delayed();
  }

  /** An instant that is now for them, or a little later; a whole second. */
  protected abstract Instant now();

  /** The attributes of every message of a topic that has come by an instant. */
  protected abstract List<Map<String, String>> comeBy(Topic topic, Instant instant)
      throws Exception;

  /**
   * Makes the answer of the next call through {@link #delayed} get lost after it was carried out,
   * where the adapter's tests can do so. Without it the kit drops the answer and repeats the call.
   */
  protected void loseNextAnswer() throws Exception {}

  @ParameterizedTest
  @EnumSource(
      value = Topic.class,
      names = {"WORK", "RESULTS"})
  void put_message_comesWhenItIsDueAndNotSooner(Topic topic) throws Exception {
    Instant due = now().plusSeconds(60);
    String mark = Samples.id("mark");

    delayed().put(message(Samples.id("name"), topic, mark, due));

    assertThat(come(topic, mark, due.minusMillis(1))).isZero();
    assertThat(come(topic, mark, due.plusSeconds(1))).isOne();
  }

  @Test
  void put_dueWithinASecond_comesNotSoonerAndAtItsEndAtTheLatest() throws Exception {
    Instant due = now().plusSeconds(60).plusNanos(123_456_000);
    String mark = Samples.id("mark");

    delayed().put(message(Samples.id("name"), Topic.WORK, mark, due));

    assertThat(come(Topic.WORK, mark, due.minusNanos(1000))).isZero();
    assertThat(come(Topic.WORK, mark, now().plusSeconds(61))).isOne();
  }

  @Test
  void put_thirtyDaysLessAMinute_comesThen() throws Exception {
    Instant due = now().plusSeconds(30L * 24 * 3600 - 60);
    String mark = Samples.id("mark");

    delayed().put(message(Samples.id("name"), Topic.WORK, mark, due));

    assertThat(come(Topic.WORK, mark, due.minusMillis(1))).isZero();
    assertThat(come(Topic.WORK, mark, due)).isOne();
  }

  @Test
  void put_attributes_comeWhole() throws Exception {
    Map<String, String> odd =
        Map.of(MARK, Samples.id("mark"), "größe", "sehr <groß> 🐈 \"'\\/\n\t\u0001", "empty", "");

    delayed().put(new DelayedMessage(Samples.id("name"), Topic.WORK, odd, now().plusSeconds(5)));

    assertThat(comeBy(Topic.WORK, now().plusSeconds(5))).contains(odd);
  }

  @Test
  void put_work_canBeReadWhenItComes() throws Exception {
    WorkMessage work = Samples.message(Samples.image());
    Instant due = now().plusSeconds(5);

    delayed().put(new DelayedMessage(Samples.id("name"), Topic.WORK, work.toAttributes(), due));

    assertThat(comeBy(Topic.WORK, due)).map(WorkMessage::fromAttributes).contains(work);
  }

  @Test
  void put_sameNameAndSecondAgain_oneComes() throws Exception {
    Instant due = now().plusSeconds(60);
    String mark = Samples.id("mark");
    DelayedMessage message = message(Samples.id("name"), Topic.WORK, mark, due);

    delayed().put(message);
    otherDelayed().put(message);
    delayed().put(message(message.name(), Topic.WORK, mark, due.minusMillis(300)));

    assertThat(come(Topic.WORK, mark, due)).isOne();
  }

  @Test
  void put_sameNameAtAnotherSecond_eachComes() throws Exception {
    Instant due = now().plusSeconds(60);
    String mark = Samples.id("mark");
    String name = Samples.id("name");

    delayed().put(message(name, Topic.WORK, mark, due));
    delayed().put(message(name, Topic.WORK, mark, due.minusSeconds(30)));

    assertThat(come(Topic.WORK, mark, due.minusSeconds(30))).isOne();
  }

  @Test
  void put_otherNamesAtTheSameSecond_allCome() throws Exception {
    Instant due = now().plusSeconds(60);
    String mark = Samples.id("mark");

    Race.of(
        RACERS,
        i ->
            () -> {
              of(i).put(message(Samples.id("name"), Topic.WORK, mark, due));
              return i;
            });

    assertThat(come(Topic.WORK, mark, due)).isEqualTo(RACERS);
  }

  @Test
  void put_manyAtOnceOfOneName_oneComes() throws Exception {
    String mark = Samples.id("mark");
    DelayedMessage message = message(Samples.id("name"), Topic.WORK, mark, now().plusSeconds(60));

    Race.of(
        RACERS,
        i ->
            () -> {
              of(i).put(message);
              return i;
            });

    assertThat(come(Topic.WORK, mark, message.dueAt())).isOne();
  }

  @Test
  void put_answerLost_repeatedPutsOne() throws Exception {
    String mark = Samples.id("mark");
    DelayedMessage message = message(Samples.id("name"), Topic.WORK, mark, now().plusSeconds(60));

    loseNextAnswer();
    try {
      delayed().put(message);
    } catch (TransientFailure e) {
      // The caller does not know, and asks again.
      assertThat(e).hasMessageMatching("(?s).+");
    }
    delayed().put(message);

    assertThat(come(Topic.WORK, mark, message.dueAt())).isOne();
  }

  private DelayedMessages of(int racer) throws Exception {
    return racer % 2 == 0 ? delayed() : otherDelayed();
  }

  private static DelayedMessage message(String name, Topic topic, String mark, Instant due) {
    return new DelayedMessage(name, topic, Map.of(MARK, mark), due);
  }

  private long come(Topic topic, String mark, Instant instant) throws Exception {
    return comeBy(topic, instant).stream().filter(come -> mark.equals(come.get(MARK))).count();
  }
}
