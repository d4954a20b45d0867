/**
 * What every HTTP function shares: routes, bounded reading of bodies, answers as JSON or
 * problem+json, health, and the drain that waits for requests in flight.
 */
@NullMarked
package dev.whatsit.http;

import org.jspecify.annotations.NullMarked;
