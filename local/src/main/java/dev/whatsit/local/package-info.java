/**
 * Whatsit whole on one machine: every function, the gateway, the dispatcher, the embedded parts.
 */
@NullMarked
package dev.whatsit.local;

import org.jspecify.annotations.NullMarked;
