/**
 * Measures the parts against their floors and the whole under load. Run by hand, never by tests.
 */
@NullMarked
package dev.whatsit.benchmarks;

import org.jspecify.annotations.NullMarked;
