/** Measures the time from the start of a deployed function's process to its first response. */
@NullMarked
package dev.whatsit.benchmarks.coldstart;

import org.jspecify.annotations.NullMarked;
