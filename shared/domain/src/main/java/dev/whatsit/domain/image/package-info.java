/**
 * An image's identity, its format and limits, the validator that reads headers, and the image
 * store.
 */
@NullMarked
package dev.whatsit.domain.image;

import org.jspecify.annotations.NullMarked;
