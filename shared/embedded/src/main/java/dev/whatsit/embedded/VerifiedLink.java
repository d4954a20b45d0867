package dev.whatsit.embedded;

import dev.whatsit.domain.image.ImageFormat;
import java.time.Instant;

/**
 * What a good link allows.
 *
 * @param format whose media type is the content type to answer with
 * @param expiresAt when the link stops working
 */
public record VerifiedLink(ImageFormat format, Instant expiresAt) {}
