/** Changes what becomes of an image's work. */
@NullMarked
package dev.whatsit.control;

import org.jspecify.annotations.NullMarked;
