/** Cancels and retries an image's work, and redelivers its callbacks. */
@NullMarked
package dev.whatsit.control;

import org.jspecify.annotations.NullMarked;
