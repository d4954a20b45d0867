/** The two kinds of failure that a caller acts on. */
@NullMarked
package dev.whatsit.domain.failure;

import org.jspecify.annotations.NullMarked;
