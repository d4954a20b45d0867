package dev.whatsit.storage.gcs;

import dev.whatsit.domain.image.ImageHash;

/** How images are named in a bucket. */
public final class ImageObjects {
  private static final String PREFIX = "images/";

  private ImageObjects() {}

  /** The object's name, for example {@code images/0a1b…}. */
  public static String nameOf(ImageHash hash) {
    return PREFIX + hash;
  }
}
