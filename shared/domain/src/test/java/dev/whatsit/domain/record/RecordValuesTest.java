package dev.whatsit.domain.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.whatsit.domain.failure.PermanentFailure;
import dev.whatsit.domain.queue.WorkMessage;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecordValuesTest {
  private static final WorkMessage MESSAGE = new WorkMessage(Records.IMAGE, 1, Records.NOW);

  @ParameterizedTest
  @CsvSource({
    "'',t,1,messageId",
    "' ',t,1,messageId",
    "m,'',1,token",
    "m,t,0,leaseUntil",
    "m,t,-1,leaseUntil"
  })
  void claim_blankNameOrLeaseThatIsOver_refusedByName(
      String messageId, String token, long lease, String name) {
    Instant leaseUntil = Records.NOW.plusNanos(lease);

    assertThatThrownBy(() -> new Claim(MESSAGE, messageId, token, Records.NOW, leaseUntil))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(name);
  }

  @Test
  void claim_leaseOfAMoment_accepted() {
    Instant leaseUntil = Records.NOW.plusNanos(1);

    assertThat(new Claim(MESSAGE, "m", "t", Records.NOW, leaseUntil).leaseUntil())
        .isEqualTo(leaseUntil);
  }

  @ParameterizedTest
  @EnumSource
  void status_word_leadsBack(Status status) {
    assertThat(status.word()).isEqualTo(status.word().strip()).matches("[a-z]+");
    assertThat(Status.ofWord(status.word())).contains(status);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "QUEUED", "done"})
  void status_otherWord_isEmpty(String word) {
    assertThat(Status.ofWord(word)).isEmpty();
  }

  @Test
  void workError_ofPermanentFailure_saysTheSame() {
    assertThat(WorkError.of(new PermanentFailure("IMAGE_GONE", "It is gone.", true, null)))
        .isEqualTo(new WorkError("IMAGE_GONE", "It is gone.", true));
  }
}
