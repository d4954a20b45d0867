package dev.whatsit.domain.image;

/** The validator's verdict on an image's bytes. */
public sealed interface Inspection {
  /**
   * The header is that of an accepted format and within the limits.
   *
   * @param width pixels across of the upright picture, at least 1
   * @param height pixels down of the upright picture, at least 1
   */
  record Accepted(ImageFormat format, int width, int height) implements Inspection {
    /** The description of the image with this header. */
    public ImageDescription describe(ImageHash hash, long sizeBytes) {
      return new ImageDescription(hash, format, sizeBytes, width, height);
    }
  }

  /**
   * The bytes are refused.
   *
   * @param detail one sentence for the client that names what was found and what is accepted
   */
  record Refused(Reason reason, String detail) implements Inspection {}

  /** Why bytes are refused. */
  enum Reason {
    /** Not one of the accepted formats; the detail names what it is. */
    UNSUPPORTED_FORMAT,
    /** A known signature with a cut or senseless header. */
    CORRUPT_IMAGE,
    /** More pixels than allowed; the detail has both numbers. */
    TOO_MANY_PIXELS,
    /** Decoding would take more time or memory than one image may have. */
    TOO_COMPLEX
  }
}
