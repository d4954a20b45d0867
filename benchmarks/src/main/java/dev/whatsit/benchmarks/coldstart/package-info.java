/** From the start of a deployed function's process to its first answer. */
@NullMarked
package dev.whatsit.benchmarks.coldstart;

import org.jspecify.annotations.NullMarked;
