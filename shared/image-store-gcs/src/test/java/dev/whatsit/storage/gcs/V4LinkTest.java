package dev.whatsit.storage.gcs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Google's own vectors (googleapis/conformance-tests), those of links that read an object. */
class V4LinkTest {
  private static final String VECTORS =
      "/com/google/cloud/conformance/storage/v1/v4_signatures.json";
  private static final String ACCOUNT =
      "test-iam-credentials@dummy-project-id.iam.gserviceaccount.com";

  @TestFactory
  List<DynamicTest> link_ofAVector_isTheSame() throws Exception {
    List<DynamicTest> tests = new ArrayList<>();
    for (JsonObject vector : vectors()) {
      String name = vector.get("description").getAsString();
      tests.add(DynamicTest.dynamicTest(name, () -> check(vector)));
    }
    return tests;
  }

  @Test
  void vectors_ofReadsOnPaths_areMany() throws Exception {
    assertThat(vectors()).hasSizeGreaterThanOrEqualTo(6);
  }

  private static void check(JsonObject vector) {
    Map<String, String> parameters = new LinkedHashMap<>();
    if (vector.has("queryParameters")) {
      for (Map.Entry<String, JsonElement> entry :
          vector.getAsJsonObject("queryParameters").entrySet()) {
        parameters.put(entry.getKey(), entry.getValue().getAsString());
      }
    }
    V4Link link =
        new V4Link(
            URI.create("https://storage.googleapis.com"),
            vector.get("bucket").getAsString(),
            vector.get("object").getAsString(),
            parameters,
            ACCOUNT,
            Instant.parse(vector.get("timestamp").getAsString()),
            Duration.ofSeconds(vector.get("expiration").getAsLong()));

    assertThat(link.canonicalRequest())
        .isEqualTo(vector.get("expectedCanonicalRequest").getAsString());
    assertThat(new String(link.toSign(), StandardCharsets.UTF_8))
        .isEqualTo(vector.get("expectedStringToSign").getAsString());
    String expected = vector.get("expectedUrl").getAsString();
    String signature = expected.substring(expected.lastIndexOf('=') + 1);
    assertThat(link.signed(HexFormat.of().parseHex(signature))).hasToString(expected);
  }

  private static List<JsonObject> vectors() throws Exception {
    List<JsonObject> found = new ArrayList<>();
    try (InputStream stream = V4LinkTest.class.getResourceAsStream(VECTORS)) {
      if (stream == null) {
        return fail("no " + VECTORS);
      }
      JsonObject file =
          JsonParser.parseReader(new InputStreamReader(stream, StandardCharsets.UTF_8))
              .getAsJsonObject();
      for (JsonElement element : file.getAsJsonArray("signingV4Tests")) {
        JsonObject vector = element.getAsJsonObject();
        boolean path =
            !vector.has("urlStyle") || vector.get("urlStyle").getAsString().equals("PATH_STYLE");
        if (vector.get("method").getAsString().equals("GET")
            && vector.has("object")
            && !vector.has("headers")
            && path) {
          found.add(vector);
        }
      }
    }
    return found;
  }
}
