package dev.whatsit.classifier.onnx;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.classification.ModelFiles;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageBytes;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.settings.Settings;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;

/** An in-memory backend with images and model files. */
class MemoryImages implements ImageStore, ModelFiles, Backend {
  private final Map<ImageHash, byte[]> stored = new ConcurrentHashMap<>();
  private final Map<URI, byte[]> files = new ConcurrentHashMap<>();
  private @Nullable String filesBroken;

  /** Adds a model file. */
  void addFile(String location, byte[] bytes) {
    files.put(URI.create(location), bytes);
  }

  /** Makes every later attempt to open a model file fail. */
  void breakFiles(String why) {
    filesBroken = why;
  }

  /** Stores bytes unchanged and returns their description. */
  ImageDescription add(ImageFormat format, byte[] bytes, int width, int height) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
      ImageHash hash = new ImageHash(HexFormat.of().formatHex(digest));
      stored.put(hash, bytes);
      return new ImageDescription(hash, format, bytes.length, width, height);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Stores a photo from the test's resources. */
  ImageDescription addPhoto(String name) {
    try (InputStream in = MemoryImages.class.getResourceAsStream(name)) {
      byte[] bytes = in.readAllBytes();
      BufferedImage image = ImageIO.read(new ByteArrayInputStream(bytes));
      ImageFormat format = name.endsWith(".png") ? ImageFormat.PNG : ImageFormat.JPEG;
      return add(format, bytes, image.getWidth(), image.getHeight());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Stores a PNG of stripes of equal width side by side. */
  ImageDescription addStripes(int width, int height, int... colors) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.setRGB(x, y, colors[x * colors.length / width]);
      }
    }
    try {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      ImageIO.write(image, "png", out);
      return add(ImageFormat.PNG, out.toByteArray(), width, height);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String name() {
    return "memory";
  }

  @Override
  public Optional<ImageStore> images(Settings settings) {
    return Optional.of(this);
  }

  @Override
  public Optional<ModelFiles> modelFiles(Settings settings) {
    return Optional.of(this);
  }

  @Override
  public Optional<InputStream> open(URI location) {
    if (filesBroken != null) {
      throw new TransientFailure(filesBroken);
    }
    if (!"gs".equals(location.getScheme())) {
      throw new IllegalArgumentException("not like gs://");
    }
    return Optional.ofNullable(files.get(location)).map(ByteArrayInputStream::new);
  }

  @Override
  public Put putIfAbsent(ImageDescription description, ImageBytes content) {
    throw new UnsupportedOperationException("a classifier stores nothing");
  }

  @Override
  public Optional<InputStream> open(ImageHash hash) {
    return Optional.ofNullable(stored.get(hash)).map(ByteArrayInputStream::new);
  }

  @Override
  public void delete(ImageHash hash) {
    throw new UnsupportedOperationException();
  }

  @Override
  public URI link(ImageDescription description, Instant now) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Instant linkExpiry(Instant now) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void check() {
    throw new UnsupportedOperationException("a classifier does not ask");
  }
}
