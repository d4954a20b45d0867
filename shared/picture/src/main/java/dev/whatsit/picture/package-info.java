/**
 * Turns the bytes of an image into an upright picture of the wanted size, bounded in memory and in
 * work whatever the bytes are.
 *
 * <p>Each format has a small reader of its container, which checks the structure and hands to the
 * decoder only what pixels need: no profile, no metadata, no thumbnail and no further frame ever
 * reaches a library.
 */
@NullMarked
package dev.whatsit.picture;

import org.jspecify.annotations.NullMarked;
