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
 * ({@code ./data} when it is not set). Links are valid for {@code LINK_LIFETIME_SECONDS} (3600) and
 * begin with {@code PUBLIC_URL}, or are relative when that is not set.
 *
 * <p>One object opens each folder once: functions that are given the same object share its
 * connections. Several objects of a process may use one folder at the same time. A second process
 * is refused. Thread-safe.
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
   * With the caller's clock.
   *
   * @param clock for the times of publishing and dead-lettering; the methods of the other stores
   *     take the time as a parameter
   * @param policy backoff and delivery limit of the queue
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

  /**
   * For an operator's command: does not lock the folder, so it also works while another process
   * uses it.
   */
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
   * The stores of the data folder, which is opened or created.
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
        folder = DataFolder.open(path, exclusive, read.maxStoredBytes(), clock, policy, random);
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
        new HmacLinks(folder.linkKey, read.linkPrefix(), read.linkLifetime()),
        HmacLinks.toThumbnails(folder.linkKey, read.linkPrefix(), read.linkLifetime()));
  }

  /** Waits for running writes and closes everything. Stores that it returned no longer work. */
  @Override
  public synchronized void close() {
    open.values().forEach(DataFolder::close);
    open.clear();
  }

  private static String reason(IOException e) {
    String message = e.getMessage();
    // The message of a FileSystemException may be the path and nothing else.
    return e.getClass() == IOException.class && message != null ? message : e.toString();
  }
}
