package dev.whatsit.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.whatsit.local.gateway.RoutedPaths;
import java.nio.charset.StandardCharsets;
import java.util.List;
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

  @Test
  void check_whatAClassifierTellsBesideLabels_isDescribed() throws Exception {
    String hash = "a".repeat(64);
    String extras =
        """
        "safe_search":{"adult":"unlikely","spoof":"unknown","medical":"possible",\
        "violence":"very_unlikely","racy":"very_likely"},
        "text":{"content":"","truncated":false},
        "colours":[{"rgb":"#0a1b2c","score":0.5,"share":1}],
        "landmarks":[{"label":"Tower","confidence":0.9,"latitude":51.5,"longitude":-0.1},\
        {"label":"Bridge","confidence":0.5}],
        "logos":[{"label":"Acme","confidence":0.9}],
        "web":{"best_guesses":["cat"],"entities":[{"label":"Cat","score":12.5}],\
        "pages":["https://example.org/"],"images":[]},
        """;
    String image =
        """
        {"image_hash":"%s","status":"success","content_type":"image/jpeg","size_bytes":9,\
        "width":4,"height":3,"image_url":"https://example.org/x","annotations":[],"objects":[],
        %s"classifier":{"name":"vision","model":"builtin/stable"},"run":1,"attempts":1,"attempt_history":[],"error":null,\
        "created_at":"2026-11-21T08:19:44.497Z","updated_at":"2026-11-21T08:19:45.102Z"}"""
            .formatted(hash, extras);
    try (Contract contract = new Contract()) {
      contract.check(image(hash, image));
      for (String wrong :
          List.of(
              image.replace("very_likely", "VERY_LIKELY"),
              image.replace("#0a1b2c", "red"),
              image.replace("\"truncated\":false", "\"truncated\":0"),
              image.replace(",\"longitude\":-0.1", ""),
              image.replace("\"score\":12.5", "\"score\":-1"),
              image.replace("\"logos\":[{", "\"logos\":[{\"index\":1,"))) {
        assertThat(wrong).isNotEqualTo(image);
        assertThatThrownBy(() -> contract.check(image(hash, wrong)))
            .isInstanceOf(AssertionError.class);
      }
    }
  }

  private static HttpAnswer image(String hash, String body) {
    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    headers.put("Content-Type", "application/json");
    headers.put("ETag", "\"1\"");
    headers.put("Cache-Control", "no-cache");
    headers.put("X-Request-Id", "1");
    headers.put("X-Content-Type-Options", "nosniff");
    return HttpAnswer.of(
        "GET", "/v1/images/" + hash, 200, headers, body.getBytes(StandardCharsets.UTF_8));
  }

  private static HttpAnswer answer(String path, int status, String body) {
    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    headers.put("Content-Type", "application/problem+json");
    headers.put("X-Request-Id", "1");
    headers.put("X-Content-Type-Options", "nosniff");
    return HttpAnswer.of("GET", path, status, headers, body.getBytes(StandardCharsets.UTF_8));
  }
}
