package dev.whatsit.domain.failure;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class FailuresTest {
  @Test
  void permanentFailure_hasWhatClientsSeeAndItsCause() {
    Throwable cause = new IllegalStateException("why");
    PermanentFailure failure =
        new PermanentFailure(FailureCodes.IMAGE_GONE, "The image is gone.", false, cause);

    assertThat(failure.code()).isEqualTo("IMAGE_GONE");
    assertThat(failure.detail()).isEqualTo("The image is gone.");
    assertThat(failure.retryable()).isFalse();
    assertThat(failure).hasCause(cause);
  }

  @Test
  void transientFailure_withAndWithoutAdvice() {
    assertThat(new TransientFailure("no answer").retryAfter()).isEmpty();
    assertThat(new TransientFailure("no answer", new IllegalStateException()).retryAfter())
        .isEmpty();
    assertThat(new TransientFailure("full", Duration.ofSeconds(7)).retryAfter())
        .contains(Duration.ofSeconds(7));
  }
}
