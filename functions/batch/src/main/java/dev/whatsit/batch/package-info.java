/** Accepts batches and reports their state. */
@NullMarked
package dev.whatsit.batch;

import org.jspecify.annotations.NullMarked;
