package dev.whatsit.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.Status;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.domain.thumbnail.Thumbnail;
import dev.whatsit.embedded.EmbeddedBackend;
import dev.whatsit.embedded.EmbeddedStores;
import dev.whatsit.embedded.QueueDepth;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills the process while it handles images, and checks how the next process recovers. */
class CrashTest {
  private static final int IMAGES = 200;
  private static final int CLIENTS = 4;
  private static final int KILLS = 4;
  private static final long SEED = 20261121;

  /** The log message of the end of the work of a granted claim. */
  private static final String ATTEMPT_ENDED = "classified";

  @TempDir private Path data;

  private final Object lock = new Object();
  private final List<byte[]> pictures = new ArrayList<>();
  private final ConcurrentLinkedQueue<Integer> toSend = new ConcurrentLinkedQueue<>();
  private final Map<Integer, String> accepted = new HashMap<>();

  @Test
  void kill_atRandomPointsWhileImagesGoThrough_losesAndRepeatsNothing() throws Exception {
    for (int i = 0; i < IMAGES; i++) {
      pictures.add(Pictures.png(1000 + i));
      toSend.add(i);
    }
    Random random = new Random(SEED);
    TreeSet<Integer> killAt = new TreeSet<>();
    while (killAt.size() < KILLS) {
      killAt.add(5 + random.nextInt(IMAGES - 10));
    }
    List<String> log;
    try (RestartableServer server = new RestartableServer(data, Map.of("LOG_FORMAT", "json"))) {
      ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
      try {
        server.start();
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
          running.add(clients.submit(() -> send(server)));
        }
        for (int threshold : killAt) {
          awaitAccepted(threshold);
          server.kill();
          server.start();
        }
        for (Future<?> client : running) {
          client.get();
        }
        // Kill again, after everything was accepted and while most of the work is unfinished.
        server.kill();
        server.start();
        Client client = server.awaitClient();
        for (String hash : accepted.values()) {
          assertThat(client.awaitIllustrated(hash).string("status")).isEqualTo("success");
        }
        server.stop();
        log = server.log();
      } finally {
        clients.shutdownNow();
      }
    }
    check(log);
  }

  private void check(List<String> log) throws IOException {
    Map<String, Integer> ended = new HashMap<>();
    for (String line : log) {
      if (line.contains("\"message\":\"" + ATTEMPT_ENDED + "\"")) {
        int at = line.indexOf("\"image_hash\":\"") + "\"image_hash\":\"".length();
        ended.merge(line.substring(at, at + 64), 1, Integer::sum);
      }
    }
    assertThat(accepted).hasSize(IMAGES);
    try (EmbeddedBackend backend = new EmbeddedBackend()) {
      EmbeddedStores stores = backend.stores(Settings.of(Map.of("WHATSIT_DATA", data.toString())));
      Instant now = Instant.now();
      for (String hex : accepted.values()) {
        ImageHash hash = new ImageHash(hex);
        ImageRecord record = stores.records().find(hash, now).orElseThrow();
        List<Thumbnail> thumbnails =
            stores.thumbnailRecords().find(hash, now).orElseThrow().thumbnails();
        assertThat(thumbnails).hasSize(2).allMatch(one -> one.picture() != null);
        assertThat(record.status()).isEqualTo(Status.SUCCESS);
        assertThat(record.run()).isEqualTo(1);
        // One attempt per claim, and at most one more claim per kill.
        assertThat(record.attempts()).isBetween(1, 1 + KILLS + 1);
        assertThat(ended.getOrDefault(hex, 0)).as(hex).isLessThanOrEqualTo(record.attempts());
        try (InputStream in = stores.images().open(hash).orElseThrow()) {
          assertThat(Pictures.hash(in.readAllBytes())).isEqualTo(hex);
        }
      }
      assertThat(stores.workSubscription().depth(now)).isEqualTo(new QueueDepth(0, 0, 0));
    }
    assertThat(files("images")).isEqualTo(IMAGES);
    assertThat(files("incoming")).isZero();
  }

  private long files(String folder) throws IOException {
    try (Stream<Path> files = Files.walk(data.resolve(folder))) {
      return files.filter(Files::isRegularFile).count();
    }
  }

  private void send(RestartableServer server) {
    while (true) {
      Integer next = toSend.poll();
      if (next == null) {
        return;
      }
      try {
        Response response = server.awaitClient().post(pictures.get(next));
        assertThat(response.status()).isIn(200, 202);
        synchronized (lock) {
          accepted.put(next, response.string("image_hash"));
          lock.notifyAll();
        }
      } catch (IOException e) {
        // The server was killed during the request: retry with the next one, like any client.
        toSend.add(next);
      } catch (Exception e) {
        throw new AssertionError("picture " + next, e);
      }
    }
  }

  private void awaitAccepted(int count) throws InterruptedException {
    synchronized (lock) {
      while (accepted.size() < count) {
        lock.wait();
      }
    }
  }
}
