package dev.whatsit.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** On Google's emulators, where Pub/Sub delivers and links lead to the fake of Cloud Storage. */
class EndToEndOnEmulatorsTest extends EndToEndSuite {
  @RegisterExtension
  static final EmulatorExtension PUB_SUB = EmulatorExtension.of(Emulator.PUB_SUB);

  @RegisterExtension
  static final EmulatorExtension FIRESTORE = EmulatorExtension.of(Emulator.FIRESTORE);

  @Override
  LocalServer startServer(Path data) throws Exception {
    return Servers.onEmulators(PUB_SUB, FIRESTORE, data);
  }

  @Test
  void content_ofTheGateway_isNotThere() throws Exception {
    Response response = client().get("/v1/images/" + "0".repeat(64) + "/content");
    response.assertProblem(404, "NOT_FOUND");
  }

  @Test
  void link_changed_isForbidden() throws Exception {
    byte[] picture = Pictures.png(1);
    client().post(picture);
    String hash = Pictures.hash(picture);
    String link = client().get("/v1/images/" + hash).string("image_url");
    String other = Pictures.hash(Pictures.png(2));

    assertThat(Client.open(link.replace(hash, other)).status()).isEqualTo(403);
    assertThat(Client.open(link.substring(0, link.indexOf('?'))).status()).isEqualTo(400);
  }

  @Test
  void functions_pushedToPastTheirSubscriptions_refuse() throws Exception {
    String push = "POST /classify HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}";
    int looked = 0;
    for (int port : Ports.listening()) {
      if (port != server().port()) {
        looked++;
        assertThat(Ports.statusLine(port, push)).as("port %d", port).doesNotContain(" 20");
      }
    }
    // That for pushes and the fake of Cloud Storage.
    assertThat(looked).isGreaterThanOrEqualTo(2);
  }

  /** Pub/Sub does not report a queue depth, and a value of 0 would be wrong. */
  @Test
  void metrics_ofTheEmbeddedQueue_areLeftOut() throws Exception {
    assertThat(client().get("/metrics").text()).doesNotContain("whatsit_queue_messages");
  }

  @Test
  void metrics_afterADelivery_countIt() throws Exception {
    byte[] picture = Pictures.png(3);
    client().post(picture);
    client().awaitFinal(Pictures.hash(picture));
    String counted = "whatsit_deliveries_total{function=\"classify\",result=\"acknowledged\"}";
    // The record becomes final shortly before the delivery gets its response.
    Client.await("counted", () -> client().get("/metrics").text().contains(counted));
  }
}
