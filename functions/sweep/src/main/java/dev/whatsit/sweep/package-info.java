/** Requeues stalled work. */
@NullMarked
package dev.whatsit.sweep;

import org.jspecify.annotations.NullMarked;
