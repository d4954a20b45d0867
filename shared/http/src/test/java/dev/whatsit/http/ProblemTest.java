package dev.whatsit.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ProblemTest {
  @Test
  void invalid_fieldWithTwoErrors_isNamedOnceToBeMended() {
    Problem problem =
        Problem.invalid(
            List.of(
                new Problem.FieldError("delay_seconds", "CONFLICTING", "Give one."),
                new Problem.FieldError("name", "REQUIRED", "Must be there."),
                new Problem.FieldError("delay_seconds", "WRONG_TYPE", "Must be a number.")));

    assertThat(problem.detail()).isEqualTo("Mend: delay_seconds, name");
  }
}
