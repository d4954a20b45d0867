package dev.whatsit.storage.gcs;

import dev.whatsit.domain.image.ImageHash;

/** The areas of a bucket. Each has its own prefix, so that access can be granted for each. */
enum ObjectArea {
  IMAGES("images/"),
  THUMBNAILS("thumbnails/");

  private final String prefix;

  ObjectArea(String prefix) {
    this.prefix = prefix;
  }

  /** The name of an image's object, for example {@code images/0a1b…}. */
  String nameOf(ImageHash hash) {
    return prefix + hash;
  }
}
