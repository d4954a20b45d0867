/** A fake of Cloud Vision that responds as a test specifies. */
@NullMarked
package dev.whatsit.vision.fake;

import org.jspecify.annotations.NullMarked;
