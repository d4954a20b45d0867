/** An image's record, the state machine of its work, and the record store. */
@NullMarked
package dev.whatsit.domain.record;

import org.jspecify.annotations.NullMarked;
