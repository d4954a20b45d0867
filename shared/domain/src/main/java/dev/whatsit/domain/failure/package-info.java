/** The kinds of failure that a caller acts on, and the circuit breaker. */
@NullMarked
package dev.whatsit.domain.failure;

import org.jspecify.annotations.NullMarked;
