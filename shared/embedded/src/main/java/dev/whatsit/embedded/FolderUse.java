package dev.whatsit.embedded;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Tells whether anybody else uses a data folder. Every process that does holds a shared lock on one
 * byte of the file {@code lock} for as long as it lives; the system takes it back however the
 * process ends. A second byte is the gate: locked by one process at a time while it looks around.
 *
 * <p>File locks belong to the process, and closing any channel of a file gives back all of them
 * (see {@link FileLock}). So there is one channel for each folder in the process, counted here.
 */
final class FolderUse implements AutoCloseable {
  private static final int GATE = 0;
  private static final int PRESENCE = 1;

  // Static because the locks that it counts are the process's.
  private static final Map<Path, Shared> IN_PROCESS = new HashMap<>();

  private final Path folder;
  private final Shared shared;
  private boolean closed;

  private FolderUse(Path folder, Shared shared) {
    this.folder = folder;
    this.shared = shared;
  }

  /** What is done while nobody else can come or look. */
  @FunctionalInterface
  interface Work<T> {
    T run(boolean alone) throws IOException;
  }

  /** Counts as a user of the folder, which exists, from now on until closed. */
  static FolderUse begin(Path folder) throws IOException {
    Path real = folder.toRealPath();
    synchronized (IN_PROCESS) {
      Shared shared = IN_PROCESS.get(real);
      if (shared == null) {
        shared = new Shared(real.resolve("lock"));
        IN_PROCESS.put(real, shared);
      }
      shared.users++;
      return new FolderUse(real, shared);
    }
  }

  /**
   * Does something that no other user may come into, in this process or another.
   *
   * @param work is told whether this is the only user of the folder
   */
  <T> T exclusively(Work<T> work) throws IOException {
    synchronized (IN_PROCESS) {
      return shared.exclusively(work);
    }
  }

  @Override
  public void close() throws IOException {
    synchronized (IN_PROCESS) {
      if (closed) {
        return;
      }
      closed = true;
      shared.users--;
      if (shared.users == 0) {
        IN_PROCESS.remove(folder);
        shared.channel.close();
      }
    }
  }

  private static final class Shared {
    private final FileChannel channel;
    private FileLock presence;
    private int users;

    Shared(Path file) throws IOException {
      channel =
          FileChannel.open(
              file,
              Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
              DurableFiles.ownerOnly(file.resolveSibling("."), "rw-------"));
      try {
        FileLock gate = channel.lock(GATE, 1, false);
        try {
          presence = channel.lock(PRESENCE, 1, true);
        } finally {
          gate.release();
        }
      } catch (OverlappingFileLockException e) {
        // Two copies of SQLite in one process do not see each other's locks either. The channel
        // stays open for good: closing it would take the other's locks away.
        throw new IOException("another class loader of this process has it open", e);
      } catch (IOException | RuntimeException | Error e) {
        channel.close();
        throw e;
      }
    }

    <T> T exclusively(Work<T> work) throws IOException {
      FileLock gate = channel.lock(GATE, 1, false);
      try {
        presence.release();
        try {
          FileLock whole = users == 1 ? channel.tryLock(PRESENCE, 1, false) : null;
          try {
            return work.run(whole != null);
          } finally {
            if (whole != null) {
              whole.release();
            }
          }
        } finally {
          presence = channel.lock(PRESENCE, 1, true);
        }
      } finally {
        gate.release();
      }
    }
  }
}
