package dev.whatsit.domain.image;

import java.net.URI;
import java.time.Instant;

/**
 * A link under which anyone can read one image for a while.
 *
 * @param uri absolute, or relative to the service's own address
 * @param expiresAt when it stops working
 */
public record SignedLink(URI uri, Instant expiresAt) {}
