/** Ends the work of dead-lettered messages. */
@NullMarked
package dev.whatsit.deadletter;

import org.jspecify.annotations.NullMarked;
