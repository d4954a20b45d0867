/** A load driver over HTTP for the whole system, limited in count and time, for loopback only. */
@NullMarked
package dev.whatsit.benchmarks.load;

import org.jspecify.annotations.NullMarked;
