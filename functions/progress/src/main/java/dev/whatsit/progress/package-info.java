/** Carries the ends of images into the batches that wait for them. */
@NullMarked
package dev.whatsit.progress;

import org.jspecify.annotations.NullMarked;
