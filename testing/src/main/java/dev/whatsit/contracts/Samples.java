package dev.whatsit.contracts;

import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.queue.WorkMessage;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.UUID;

/** Creates random values that no other test uses. */
public final class Samples {
  /** Of millisecond precision, which documents store. */
  public static final Instant NOW = Instant.parse("2026-11-21T08:19:44.497Z");

  private static final SecureRandom RANDOM = new SecureRandom();

  private Samples() {}

  /** Random bytes, not a picture: stores do not inspect them. */
  public static byte[] bytes(int size) {
    byte[] bytes = new byte[size];
    RANDOM.nextBytes(bytes);
    return bytes;
  }

  public static ImageDescription image() {
    return image(bytes(64));
  }

  public static ImageDescription image(byte[] content) {
    return image(content, ImageFormat.JPEG);
  }

  public static ImageDescription image(byte[] content, ImageFormat format) {
    ImageHash hash = ImageHash.ofDigest(ImageHash.newDigest().digest(content));
    return new ImageDescription(hash, format, content.length, 1024, 683);
  }

  public static WorkMessage message(ImageDescription image) {
    return new WorkMessage(image, 1, NOW);
  }

  public static String id(String kind) {
    return kind + "-" + UUID.randomUUID();
  }
}
