/** Takes batches and tells where they stand. */
@NullMarked
package dev.whatsit.batch;

import org.jspecify.annotations.NullMarked;
