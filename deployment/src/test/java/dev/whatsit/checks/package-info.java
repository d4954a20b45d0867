/** Static analysis of all sources. */
@NullMarked
package dev.whatsit.checks;

import org.jspecify.annotations.NullMarked;
