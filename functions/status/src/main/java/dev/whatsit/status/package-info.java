/** Tells what became of an image. */
@NullMarked
package dev.whatsit.status;

import org.jspecify.annotations.NullMarked;
