/** Applies the completions of images to the batches that wait for them. */
@NullMarked
package dev.whatsit.progress;

import org.jspecify.annotations.NullMarked;
