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
  private final Contract contract = Contract.load();

  @Test
  void description_andGateway_haveTheSamePaths() {
    assertThat(contract.paths()).hasSizeGreaterThan(5).isEqualTo(RoutedPaths.all());
  }

  @Test
  void check_resultsBesideLabels_areDescribed() {
    String hash = "a".repeat(64);
    String extras =
        """
        "categories":[{"label":"animal","confidence":0.95}],
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
    contract.check(image(hash, image));
    for (String wrong :
        List.of(
            image.replace("very_likely", "VERY_LIKELY"),
            image.replace("#0a1b2c", "red"),
            image.replace("\"truncated\":false", "\"truncated\":0"),
            image.replace(",\"longitude\":-0.1", ""),
            image.replace("\"score\":12.5", "\"score\":-1"),
            image.replace("\"categories\":[{", "\"categories\":[{\"index\":1,"),
            image.replace("\"logos\":[{", "\"logos\":[{\"index\":1,"))) {
      assertThat(wrong).isNotEqualTo(image);
      assertThatThrownBy(() -> contract.check(image(hash, wrong)))
          .isInstanceOf(AssertionError.class);
    }
  }

  private static Response image(String hash, String body) {
    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    headers.put("Content-Type", "application/json");
    headers.put("ETag", "\"1\"");
    headers.put("Cache-Control", "no-cache");
    headers.put("X-Request-Id", "1");
    headers.put("X-Content-Type-Options", "nosniff");
    return Response.of(
        "GET", "/v1/images/" + hash, 200, headers, body.getBytes(StandardCharsets.UTF_8));
  }
}
