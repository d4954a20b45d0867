package dev.whatsit.domain.image;

import dev.whatsit.domain.failure.TransientFailure;
import java.net.URI;
import java.time.Instant;

/**
 * Signs links under which anyone can read one image for a while. Implementations are safe for use
 * by several threads.
 */
public interface ImageLinks {
  /**
   * A signed link.
   *
   * @param uri absolute, or relative to the service's own address
   * @param expiresAt when it stops working
   */
  record SignedLink(URI uri, Instant expiresAt) {}

  /**
   * A link to the image's bytes that works from now on for at least half of the link's whole life.
   * Whether the object exists is not checked.
   *
   * @param description whose format becomes the content type of what is read
   * @throws TransientFailure if signing needs a remote service that cannot be reached
   */
  SignedLink sign(ImageDescription description, Instant now);
}
