package dev.whatsit.domain.image;

import java.util.Optional;

/** The accepted image formats. */
public enum ImageFormat {
  JPEG("image/jpeg"),
  PNG("image/png"),
  GIF("image/gif"),
  WEBP("image/webp"),
  BMP("image/bmp");

  private final String mediaType;

  ImageFormat(String mediaType) {
    this.mediaType = mediaType;
  }

  /** The IANA media type, for example {@code image/jpeg}. */
  public String mediaType() {
    return mediaType;
  }

  /** The format with exactly this media type, or empty. */
  public static Optional<ImageFormat> ofMediaType(String mediaType) {
    for (ImageFormat format : values()) {
      if (format.mediaType.equals(mediaType)) {
        return Optional.of(format);
      }
    }
    return Optional.empty();
  }
}
