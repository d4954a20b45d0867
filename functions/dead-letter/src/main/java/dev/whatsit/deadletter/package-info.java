/** Ends work that the queue has given up. */
@NullMarked
package dev.whatsit.deadletter;

import org.jspecify.annotations.NullMarked;
