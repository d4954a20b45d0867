/** Puts work that nobody carries any more into the queue again. */
@NullMarked
package dev.whatsit.sweep;

import org.jspecify.annotations.NullMarked;
