/** The local server's metrics, for Prometheus. */
@NullMarked
package dev.whatsit.local.metrics;

import org.jspecify.annotations.NullMarked;
