package dev.whatsit.storage.gcs;

import dev.whatsit.domain.image.ImageHash;

/** How images and thumbnails are named in a bucket. */
public final class ImageObjects {
  private ImageObjects() {}

  /** The object's name, for example {@code images/0a1b…}. */
  public static String nameOf(ImageHash hash) {
    return Area.IMAGES.nameOf(hash);
  }

  /** What is kept apart within a bucket, so that access to it can be too. */
  enum Area {
    IMAGES("images/"),
    THUMBNAILS("thumbnails/");

    private final String prefix;

    Area(String prefix) {
      this.prefix = prefix;
    }

    String nameOf(ImageHash hash) {
      return prefix + hash;
    }
  }
}
