/** Callbacks: subscribers to the completion of work, their state machine, and their store. */
@NullMarked
package dev.whatsit.domain.callback;

import org.jspecify.annotations.NullMarked;
