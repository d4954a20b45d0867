package dev.whatsit.storage.gcs;

import com.google.cloud.ReadChannel;
import com.google.cloud.storage.StorageException;
import dev.whatsit.domain.failure.TransientFailure;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.HttpURLConnection;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.util.concurrent.Callable;
import java.util.function.ToIntFunction;

/** Reads one object in parts, each within a deadline. Not thread-safe. */
final class TimedChannel implements ReadableByteChannel {
  /** Bytes. */
  private static final int PART = 128 * 1024;

  private final ReadChannel object;
  private final TimedCalls.Connections connections;
  private final ToIntFunction<Callable<Integer>> calls;
  private long received;
  private boolean failed;

  private TimedChannel(
      ReadChannel object,
      TimedCalls.Connections connections,
      ToIntFunction<Callable<Integer>> calls) {
    this.object = object;
    this.connections = connections;
    this.calls = calls;
    object.setChunkSize(PART);
  }

  /**
   * Reads the first part and returns a stream of the whole object.
   *
   * @param connections of the call that does this
   * @param calls runs the calls that read the other parts
   * @throws StorageException when the service refuses
   */
  static InputStream open(
      ReadChannel object,
      TimedCalls.Connections connections,
      ToIntFunction<Callable<Integer>> calls)
      throws IOException {
    TimedChannel channel = new TimedChannel(object, connections, calls);
    ByteBuffer first = ByteBuffer.allocate(PART);
    channel.readPart(first);
    return new SequenceInputStream(
        new ByteArrayInputStream(first.array(), 0, first.position()),
        new BufferedInputStream(Channels.newInputStream(channel), PART));
  }

  /**
   * Reads at most one part into the buffer.
   *
   * @throws IOException with the {@link TransientFailure} as its cause
   */
  @Override
  public int read(ByteBuffer target) throws IOException {
    if (failed) {
      throw new IOException("reading has failed before");
    }
    failed = true;
    ByteBuffer part = target.slice().limit(Math.min(PART, target.remaining()));
    try {
      int count = calls.applyAsInt(() -> readPart(part));
      target.position(target.position() + part.position());
      failed = false;
      return count;
    } catch (TransientFailure e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private int readPart(ByteBuffer part) throws IOException {
    int count;
    try {
      count = object.read(part);
    } catch (IOException e) {
      // The library wraps the service's error.
      if (e.getCause() instanceof StorageException refused) {
        throw refused;
      }
      throw e;
    }
    received += Math.max(0, count);
    HttpURLConnection latest = connections.latest();
    if (count < 0
        && latest != null
        && received < latest.getHeaderFieldLong("X-Goog-Stored-Content-Length", 0)) {
      // The library takes a connection that ends before its first byte for the end of the object.
      throw new IOException("the object ended after " + received + " bytes");
    }
    return count;
  }

  @Override
  public boolean isOpen() {
    return object.isOpen();
  }

  @Override
  public void close() {
    // After a failure, the timed-out call may still be using it.
    if (!failed) {
      object.close();
    }
  }
}
