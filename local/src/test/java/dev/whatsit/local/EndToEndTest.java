package dev.whatsit.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** On the embedded backend, where links lead to the gateway. */
class EndToEndTest extends EndToEndSuite {
  @Override
  LocalServer startServer(Path data) throws IOException {
    return Servers.embedded(data);
  }

  @Test
  void content_goodLink_isServedToHeadAndConditionalRequestsToo() throws Exception {
    byte[] picture = Pictures.png(1);
    client().post(picture);
    String link = client().get("/v1/images/" + Pictures.hash(picture)).string("image_url");

    Response head = client().send("HEAD", link, BodyPublishers.noBody());
    assertThat(head.status()).isEqualTo(200);
    assertThat(head.header("Content-Length")).contains(Integer.toString(picture.length));
    String etag = head.header("ETag").orElseThrow();
    for (String known : List.of(etag, "*", "W/" + etag, "\"other\", " + etag)) {
      Response unchanged = client().get(link, "If-None-Match", known);
      assertThat(unchanged.status()).as(known).isEqualTo(304);
      assertThat(unchanged.header("Content-Length")).isEqualTo(head.header("Content-Length"));
    }
    assertThat(client().get(link, "If-None-Match", "\"other\"").status()).isEqualTo(200);
    Response unchangedHead =
        client().send("HEAD", link, BodyPublishers.noBody(), "If-None-Match", etag);
    assertThat(unchangedHead.status()).isEqualTo(304);
    assertThat(client().send("POST", link, BodyPublishers.ofString("x")).status()).isEqualTo(405);
    assertThat(client().send("OPTIONS", link, BodyPublishers.noBody()).status()).isEqualTo(204);
  }

  @Test
  void content_badLink_isForbidden() throws Exception {
    byte[] picture = Pictures.png(2);
    client().post(picture);
    String hash = Pictures.hash(picture);
    String link = client().get("/v1/images/" + hash).string("image_url");

    assertThat(client().get("/v1/images/" + hash + "/content").code()).isEqualTo("INVALID_LINK");
    assertThat(client().get(link.substring(0, link.length() - 3)).status()).isEqualTo(403);
    assertThat(client().get(link.replace("expires=", "expires=1")).status()).isEqualTo(403);
    String other = Pictures.hash(Pictures.png(3));
    assertThat(client().get(link.replace(hash, other)).status()).isEqualTo(403);
    assertThat(client().get(link.replace(hash, "nonsense")).status()).isEqualTo(403);
  }

  @Test
  void content_bytesGone_saysSo() throws Exception {
    byte[] picture = Pictures.png(4);
    client().post(picture);
    String hash = Pictures.hash(picture);
    client().awaitFinal(hash);
    String link = client().get("/v1/images/" + hash).string("image_url");
    try (Stream<Path> files = Files.walk(data().resolve("images"))) {
      for (Path file :
          files.filter(path -> path.getFileName().toString().contains(hash)).toList()) {
        Files.delete(file);
      }
    }
    Response response = client().get(link);
    response.assertProblem(404, "IMAGE_GONE");
  }

  @Test
  void metrics_always_tellTheDepthOfEveryQueue() throws Exception {
    String metrics = client().get("/metrics").text();

    for (String function :
        List.of("classify", "thumbnail", "dead-letter", "notify", "progress", "fetch")) {
      for (String state : List.of("ready", "in_flight", "delayed")) {
        assertThat(metrics)
            .contains(
                "whatsit_queue_messages{function=\"" + function + "\",state=\"" + state + "\"}");
      }
    }
    assertThat(metrics).contains("whatsit_dead_letters 0");
  }
}
