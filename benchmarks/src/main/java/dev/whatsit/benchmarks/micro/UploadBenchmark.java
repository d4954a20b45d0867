package dev.whatsit.benchmarks.micro;

import dev.whatsit.benchmarks.Photos;
import dev.whatsit.benchmarks.ScratchFolder;
import dev.whatsit.benchmarks.Uploads;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.embedded.EmbeddedBackend;
import java.io.IOException;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Measures the upload path on the embedded stores, one image after the other, and its lower bound.
 */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@SuppressWarnings("NullAway.Init") // JMH fills the states in before they are used.
public class UploadBenchmark {
  /** One photo; a number in it changes at each use, so that its hash is new. */
  @State(Scope.Thread)
  public static class Body {
    /** Bytes of the image. */
    @Param({"200000", "2000000"})
    public int size;

    private byte[] bytes;
    private long number;

    @Setup
    public void fill() {
      bytes = Photos.ofSample().photo(0, size);
    }

    byte[] next() {
      Photos.renumber(bytes, ++number);
      return bytes;
    }

    byte[] same() {
      return bytes;
    }
  }

  /** The path under test with its stores. */
  @State(Scope.Thread)
  public static class Path {
    private ScratchFolder folder;
    private EmbeddedBackend backend;
    private Uploads uploads;

    /** Opens the stores. */
    @Setup
    public void open(Body body) throws IOException {
      folder = ScratchFolder.create();
      backend = new EmbeddedBackend();
      uploads =
          new Uploads(
              backend.stores(Settings.of(Map.of("WHATSIT_DATA", folder.path().toString()))));
      uploads.upload(body.same());
    }

    /** Removes them. */
    @TearDown
    public void close() throws IOException {
      backend.close();
      folder.close();
    }
  }

  /** The lower bound with its files. */
  @State(Scope.Thread)
  public static class Floor {
    private ScratchFolder folder;
    private UploadFloor floor;

    /** Opens files. */
    @Setup
    public void open() throws IOException, SQLException {
      folder = ScratchFolder.create();
      floor = new UploadFloor(folder.path(), folder.path());
    }

    /**
     * Opens files beside those of the path: the time to create a file depends on the position of
     * its directory in the file system, by a factor of up to nine on ext4.
     */
    void openBeside(Path path) throws IOException, SQLException {
      folder = ScratchFolder.create();
      floor = new UploadFloor(path.folder.path().resolve("incoming"), folder.path());
    }

    /** Removes them. */
    @TearDown
    public void close() throws IOException, SQLException {
      floor.close();
      folder.close();
    }
  }

  /** An image that was not sent before. */
  @Benchmark
  public ImageRecord newImage(Body body, Path path) {
    return path.uploads.upload(body.next());
  }

  /** An image that was sent before. */
  @Benchmark
  public ImageRecord knownImage(Body body, Path path) {
    return path.uploads.upload(body.same());
  }

  /** SHA-256, one durable file, two durable commits. */
  @Benchmark
  public String floor(Body body, Floor floor) throws IOException, SQLException {
    return floor.floor.store(body.next());
  }
}
