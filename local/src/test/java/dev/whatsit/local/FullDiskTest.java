package dev.whatsit.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * A data folder on a file system of its own, in memory, that is filled. Needs the right to mount.
 */
@EnabledOnOs(OS.LINUX)
class FullDiskTest {
  private static final Duration TIMEOUT = Duration.ofMinutes(1);

  @TempDir private Path folder;

  @Test
  void disk_isFullAndThenNot_isNotReadyAndLosesNothing() throws Exception {
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=30m", "tmpfs", folder.toString()),
        "SKIPPED: this user may not mount a file system");
    try (LocalServer server = Servers.embedded(folder.resolve("data"))) {
      Client client = new Client(server.port());
      assertThat(client.post(Pictures.png(1)).status()).isEqualTo(202);
      client.awaitIllustrated(Pictures.hash(Pictures.png(1)));
      Servers.awaitReady(server.port());

      Path filler = fill();
      client.post(Pictures.png(2)).assertProblem(503, "TEMPORARILY_UNAVAILABLE");
      Response notReady = awaitStatus(client, 503);
      assertThat(notReady.text()).contains("{\"name\":\"upload.images\",\"status\":\"failed\"}");

      Files.delete(filler);
      awaitStatus(client, 200);
      assertThat(client.post(Pictures.png(2)).status()).isEqualTo(202);
      String hash = Pictures.hash(Pictures.png(2));
      assertThat(client.awaitFinal(hash).string("status")).isEqualTo("success");
    } finally {
      assertThat(run("umount", folder.toString())).isTrue();
    }
  }

  /** The result is cached for some seconds. */
  private static Response awaitStatus(Client client, int status) throws Exception {
    long deadline = System.nanoTime() + TIMEOUT.toNanos();
    while (true) {
      Response response = client.get("/health/ready");
      if (response.status() == status) {
        return response;
      }
      assertThat(System.nanoTime()).as("%s", response).isLessThan(deadline);
      LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
    }
  }

  private Path fill() throws IOException {
    Path filler = folder.resolve("filler");
    try (OutputStream out = Files.newOutputStream(filler)) {
      byte[] block = new byte[4096];
      while (true) {
        out.write(block);
      }
    } catch (IOException e) {
      // It is full.
      return filler;
    }
  }

  private static boolean run(String... command) throws IOException, InterruptedException {
    return new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()
            .waitFor()
        == 0;
  }
}
