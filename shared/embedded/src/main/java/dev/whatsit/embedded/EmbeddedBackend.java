package dev.whatsit.embedded;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * The backend named {@code embedded}: everything in a folder of this machine, {@code WHATSIT_DATA}
 * ({@code ./data} when it is not set). Links live for {@code LINK_LIFETIME_SECONDS} (3600) and
 * begin with {@code PUBLIC_URL}, or are relative when that is not set.
 *
 * <p>One object opens each folder once: functions that are given the same object share its
 * connections. Several objects of a process may use one folder at the same time; another process is
 * refused. Thread-safe.
 */
public final class EmbeddedBackend implements Backend, AutoCloseable {
  private final InstantSource clock;
  private final QueuePolicy policy;
  private final RandomGenerator random;
  private final boolean exclusive;
  private final Map<Path, DataFolder> open = new HashMap<>();

  /** With the system's clock and the default policy of the queue. */
  public EmbeddedBackend() {
    this(Clock.systemUTC(), QueuePolicy.DEFAULT, new Random());
  }

  /**
   * With a clock of the caller's.
   *
   * @param clock when messages are published and given up; of the other stores' methods each is
   *     told the time
   * @param policy how the queue backs off and when it gives up
   * @param random for the queue's jitter; thread-safe
   */
  public EmbeddedBackend(InstantSource clock, QueuePolicy policy, RandomGenerator random) {
    this(clock, policy, random, true);
  }

  private EmbeddedBackend(
      InstantSource clock, QueuePolicy policy, RandomGenerator random, boolean exclusive) {
    this.clock = clock;
    this.policy = policy;
    this.random = random;
    this.exclusive = exclusive;
  }

  /** For an operator's command, which also works while another process has the folder. */
  public static EmbeddedBackend besideAServer() {
    return new EmbeddedBackend(Clock.systemUTC(), QueuePolicy.DEFAULT, new Random(), false);
  }

  @Override
  public String name() {
    return "embedded";
  }

  @Override
  public Optional<MessageQueue> messages(Settings settings, Set<Topic> topics) {
    return Optional.of(stores(settings).messages());
  }

  @Override
  public Optional<DocumentStore> documents(Settings settings) {
    return Optional.of(stores(settings).documents());
  }

  @Override
  public Optional<ImageStore> images(Settings settings) {
    return Optional.of(stores(settings).images());
  }

  @Override
  public Optional<ImageStore> thumbnails(Settings settings) {
    return Optional.of(stores(settings).thumbnails());
  }

  /**
   * All of a data folder's stores, opened or made.
   *
   * @throws InvalidSettings naming every wrong setting, before anything is touched; or saying why
   *     the folder cannot be used
   */
  public synchronized EmbeddedStores stores(Settings settings) {
    EmbeddedSettings read = EmbeddedSettings.read(settings);
    Path path = read.data().toAbsolutePath().normalize();
    DataFolder folder = open.get(path);
    if (folder == null) {
      try {
        folder = DataFolder.open(path, exclusive, clock, policy, random);
      } catch (IOException e) {
        throw new InvalidSettings(
            List.of(
                EmbeddedSettings.DATA
                    + " is "
                    + path
                    + ", which cannot be used ("
                    + reason(e)
                    + "); name a folder of a local disk that this user may create and write to"));
      }
      open.put(path, folder);
    }
    return new EmbeddedStores(
        folder,
        new HmacLinks(folder.linkKey(), read.linkPrefix(), read.linkLifetime()),
        HmacLinks.toThumbnails(folder.linkKey(), read.linkPrefix(), read.linkLifetime()));
  }

  /** Closes what it opened, after what is being written. What was handed out no longer works. */
  @Override
  public synchronized void close() throws IOException {
    IOException failure = null;
    for (DataFolder folder : open.values()) {
      try {
        folder.close();
      } catch (IOException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    open.clear();
    if (failure != null) {
      throw failure;
    }
  }

  private static String reason(IOException e) {
    String message = e.getMessage();
    // The message of a FileSystemException may be the path and nothing else.
    return e.getClass() == IOException.class && message != null ? message : e.toString();
  }
}
