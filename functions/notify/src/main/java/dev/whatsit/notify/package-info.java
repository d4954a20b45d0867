/** Tells those who wait that work has ended. */
@NullMarked
package dev.whatsit.notify;

import org.jspecify.annotations.NullMarked;
