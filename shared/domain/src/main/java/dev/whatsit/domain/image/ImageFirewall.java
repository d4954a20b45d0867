package dev.whatsit.domain.image;

/**
 * Reads an image's format and dimensions from its first bytes, before any decoder sees them. Never
 * decodes, reads a bounded number of bytes and never throws for what is in them. Immutable.
 */
public final class ImageFirewall {
  private final ImageLimits limits;

  /** A firewall with these limits. */
  public ImageFirewall(ImageLimits limits) {
    this.limits = limits;
  }

  /** The limits that it keeps. */
  public ImageLimits limits() {
    return limits;
  }

  /** Inspects the header. */
  public Inspection inspect(ImageBytes bytes) {
    return new Inspection.Refused(
        Inspection.Reason.UNSUPPORTED_FORMAT, bytes.size() + " bytes, limits " + limits);
  }
}
