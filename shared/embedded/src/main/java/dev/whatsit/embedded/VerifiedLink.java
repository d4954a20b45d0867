package dev.whatsit.embedded;

import dev.whatsit.domain.image.ImageFormat;
import java.time.Instant;

/**
 * What a valid link allows.
 *
 * @param format its media type is the content type of the response
 * @param expiresAt when the link expires
 */
public record VerifiedLink(ImageFormat format, Instant expiresAt) {}
