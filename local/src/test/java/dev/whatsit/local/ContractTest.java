package dev.whatsit.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.whatsit.local.gateway.RoutedPaths;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ContractTest {
  private static final String PROBLEM =
      """
      {"type":"urn:whatsit:problem:not-found","title":"t","status":404,"detail":"d",\
      "instance":"/v1/images/x","code":"IMAGE_NOT_FOUND"}""";

  @Test
  void description_andGateway_haveTheSamePaths() throws Exception {
    try (Contract contract = new Contract()) {
      assertThat(contract.paths()).hasSizeGreaterThan(5).isEqualTo(RoutedPaths.all());
    }
  }

  @Test
  void check_answersThatAreNotDescribed_areRefused() throws Exception {
    try (Contract contract = new Contract()) {
      String path = "/v1/images/" + "a".repeat(64);
      assertThatThrownBy(() -> contract.check(answer(path, 418, PROBLEM)))
          .isInstanceOf(AssertionError.class);
      assertThatThrownBy(() -> contract.check(answer(path, 404, "{}")))
          .isInstanceOf(AssertionError.class);
      // Type and code differ.
      assertThatThrownBy(() -> contract.check(answer(path, 404, PROBLEM)))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("type and code");
      String right = PROBLEM.replace("not-found", "image-not-found");
      contract.check(answer(path, 404, right));
      assertThatThrownBy(
              () -> contract.check(answer(path, 404, right.replace("IMAGE_NOT_FOUND", "OTHER"))))
          .isInstanceOf(AssertionError.class);
      HttpAnswer without = answer(path, 404, right);
      without.headers().remove("X-Request-Id");
      assertThatThrownBy(() -> contract.check(without)).isInstanceOf(AssertionError.class);
    }
  }

  private static HttpAnswer answer(String path, int status, String body) {
    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    headers.put("Content-Type", "application/problem+json");
    headers.put("X-Request-Id", "1");
    headers.put("X-Content-Type-Options", "nosniff");
    return HttpAnswer.of("GET", path, status, headers, body.getBytes(StandardCharsets.UTF_8));
  }
}
