/** Batches of images: the batch, its items, and their store. */
@NullMarked
package dev.whatsit.domain.batch;

import org.jspecify.annotations.NullMarked;
