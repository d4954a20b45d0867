/** Notifies subscribers that work is complete. */
@NullMarked
package dev.whatsit.notify;

import org.jspecify.annotations.NullMarked;
