/** The kinds of failure that callers distinguish, backoff, and the circuit breaker. */
@NullMarked
package dev.whatsit.domain.failure;

import org.jspecify.annotations.NullMarked;
