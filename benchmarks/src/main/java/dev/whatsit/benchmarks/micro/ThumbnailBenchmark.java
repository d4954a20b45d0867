package dev.whatsit.benchmarks.micro;

import dev.whatsit.benchmarks.Photos;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.picture.DecodeBudget;
import dev.whatsit.picture.Framing;
import dev.whatsit.picture.Miniature;
import dev.whatsit.picture.MiniatureEncoder;
import dev.whatsit.picture.Picture;
import dev.whatsit.picture.PictureDecoder;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
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
import org.openjdk.jmh.annotations.Warmup;

/**
 * Measures the cost of thumbnails of one photo, and of decoding it for the classifier, for a
 * camera's small picture and for one of 12 megapixels.
 */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 3, time = 2)
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init") // JMH fills the state in before it is used.
public class ThumbnailBenchmark {
  private static final int LARGE = 1024;
  private static final int SMALL = 256;

  /** The factor by which the photo is enlarged. */
  @Param({"1", "4"})
  private int enlarged;

  private final PictureDecoder decoder =
      new PictureDecoder(
          new DecodeBudget(100L << 20, Duration.ofMinutes(1)), Duration.ofMinutes(1));

  private byte[] photo;
  private ImageDescription image;
  private Miniature large;

  @Setup
  public void open() throws IOException {
    photo = Photos.ofSample().photo(0);
    BufferedImage small = ImageIO.read(new ByteArrayInputStream(photo));
    int width = small.getWidth() * enlarged;
    int height = small.getHeight() * enlarged;
    if (enlarged > 1) {
      BufferedImage all = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
      all.createGraphics().drawImage(small, 0, 0, width, height, null);
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      ImageIO.write(all, "jpg", out);
      photo = out.toByteArray();
    }
    ImageHash hash = ImageHash.ofDigest(ImageHash.newDigest().digest(photo));
    image = new ImageDescription(hash, ImageFormat.JPEG, photo.length, width, height);
    large = decoder.decodeWithin(photo.clone(), image, LARGE);
  }

  /** Decoding for the classifier. */
  @Benchmark
  public Picture decodeForTheClassifier() {
    return decoder.decode(photo.clone(), image, Framing.squashed(300, 300));
  }

  /** Decoding for thumbnails. */
  @Benchmark
  public Miniature decodeForThumbnails() {
    return decoder.decodeWithin(photo.clone(), image, LARGE);
  }

  /** Both sizes, decoding included. */
  @Benchmark
  public int bothThumbnails() {
    Miniature first = decoder.decodeWithin(photo.clone(), image, LARGE);
    return MiniatureEncoder.encode(first).bytes().size()
        + MiniatureEncoder.encode(first.within(SMALL)).bytes().size();
  }

  /** Encoding the larger one. */
  @Benchmark
  public MiniatureEncoder.Encoded encodeLarge() {
    return MiniatureEncoder.encode(large);
  }
}
