package dev.whatsit.storage.gcs;

import dev.whatsit.domain.image.ImageHash;

/** The object names of images and thumbnails in a bucket. */
public final class ImageObjects {
  private ImageObjects() {}

  /** The object's name, for example {@code images/0a1b…}. */
  public static String nameOf(ImageHash hash) {
    return Area.IMAGES.nameOf(hash);
  }

  /** The areas of a bucket. Each has its own prefix, so that access can be granted for each. */
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
