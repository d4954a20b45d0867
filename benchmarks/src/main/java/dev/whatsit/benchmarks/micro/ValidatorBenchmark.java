package dev.whatsit.benchmarks.micro;

import dev.whatsit.benchmarks.Photos;
import dev.whatsit.domain.image.ImageBytes;
import dev.whatsit.domain.image.ImageLimits;
import dev.whatsit.domain.image.ImageValidator;
import dev.whatsit.domain.image.Inspection;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Measures the validation of one image of each format. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init") // JMH fills the state in before it is used.
public class ValidatorBenchmark {
  /** The format of the image, or {@code text}, which is refused. */
  @Param({"jpeg", "png", "gif", "webp", "bmp", "text"})
  public String format;

  private final ImageValidator validator = new ImageValidator(ImageLimits.DEFAULT);
  private ImageBytes bytes;

  @Setup
  public void fill() throws IOException {
    bytes = ImageBytes.of(image());
    boolean accepted = validator.inspect(bytes) instanceof Inspection.Accepted;
    if (accepted == format.equals("text")) {
      throw new IllegalStateException(format + ": " + validator.inspect(bytes));
    }
  }

  /** Validates the image. */
  @Benchmark
  public Inspection inspect() {
    return validator.inspect(bytes);
  }

  private byte[] image() throws IOException {
    return switch (format) {
      case "jpeg" -> Photos.ofSample().photo(1);
      case "webp" -> webp();
      case "text" -> "What is in this picture? ".repeat(8000).getBytes(StandardCharsets.UTF_8);
      default -> {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (!ImageIO.write(Photos.ofSample().pixels(), format, out)) {
          throw new IllegalStateException("no writer for " + format);
        }
        yield out.toByteArray();
      }
    };
  }

  /**
   * A WebP header as an encoder writes it. No encoder is available here, and a header is enough to
   * be accepted.
   */
  private static byte[] webp() {
    int length = 100_000;
    int sides = 1023 | 679 << 14;
    return ByteBuffer.allocate(20 + length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put("RIFF".getBytes(StandardCharsets.US_ASCII))
        .putInt(12 + length)
        .put("WEBPVP8L".getBytes(StandardCharsets.US_ASCII))
        .putInt(length)
        .put((byte) 0x2f)
        .putInt(sides)
        .array();
  }
}
