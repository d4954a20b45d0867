/** What is counted and measured, for Prometheus. */
@NullMarked
package dev.whatsit.local.metrics;

import org.jspecify.annotations.NullMarked;
