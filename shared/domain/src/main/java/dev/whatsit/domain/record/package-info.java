/** The image record, its state machine, and the record store. */
@NullMarked
package dev.whatsit.domain.record;

import org.jspecify.annotations.NullMarked;
