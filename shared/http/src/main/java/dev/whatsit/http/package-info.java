/**
 * The parts that all HTTP functions share: routes, bounded reading of bodies, responses as JSON or
 * problem+json, health checks, and the graceful shutdown.
 */
@NullMarked
package dev.whatsit.http;

import org.jspecify.annotations.NullMarked;
