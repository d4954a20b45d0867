package dev.whatsit.embedded;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Locks a data folder against other processes: an exclusive lock on its file {@code lock}. The
 * operating system releases the lock however the process ends. Several users within one process
 * share it.
 *
 * <p>File locks belong to the process, and closing any channel of a file releases all of them (see
 * {@link java.nio.channels.FileLock}). So the process keeps one channel per folder, with a count of
 * its users.
 */
final class DataDirectoryLock implements AutoCloseable {
  // Static because file locks belong to the process.
  private static final Map<Path, Held> HELD = new HashMap<>();

  private final Path folder;
  private final Held held;
  private boolean closed;

  private static final class Held {
    final FileChannel channel;
    int users;

    Held(FileChannel channel) {
      this.channel = channel;
    }
  }

  private DataDirectoryLock(Path folder, Held held) {
    this.folder = folder;
    this.held = held;
  }

  /**
   * Acquires the lock of an existing folder, or shares it with other users in this process.
   *
   * @throws IOException if another process holds it
   */
  static DataDirectoryLock acquire(Path folder) throws IOException {
    Path real = folder.toRealPath();
    synchronized (HELD) {
      Held held = HELD.get(real);
      if (held == null) {
        held = new Held(lock(real.resolve("lock")));
        HELD.put(real, held);
      }
      held.users++;
      return new DataDirectoryLock(real, held);
    }
  }

  private static FileChannel lock(Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(
            file,
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
            DurableFiles.ownerOnly(file.resolveSibling("."), "rw-------"));
    try {
      if (channel.tryLock() != null) {
        return channel;
      }
    } catch (OverlappingFileLockException e) {
      // Another class loader holds the lock. Two copies of SQLite in one process do not see each
      // other's locks either. The channel is never closed: closing it would release the other lock.
      throw new IOException("another class loader of this process has it open", e);
    } catch (IOException | RuntimeException | Error e) {
      channel.close();
      throw e;
    }
    channel.close();
    throw new IOException("another process uses it; stop that one first");
  }

  /** Whether this is the only user of the folder. */
  boolean isOnlyUser() {
    synchronized (HELD) {
      return held.users == 1;
    }
  }

  @Override
  public void close() {
    synchronized (HELD) {
      if (closed) {
        return;
      }
      closed = true;
      held.users--;
      if (held.users == 0) {
        HELD.remove(folder);
        try {
          held.channel.close();
        } catch (IOException e) {
          // The lock ends with the process at the latest.
        }
      }
    }
  }
}
