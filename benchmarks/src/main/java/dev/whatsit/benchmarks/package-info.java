/**
 * Benchmarks of the parts, compared with their lower bounds, and of the whole under load. Run by
 * hand, never by tests.
 */
@NullMarked
package dev.whatsit.benchmarks;

import org.jspecify.annotations.NullMarked;
