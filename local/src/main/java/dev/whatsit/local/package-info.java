/**
 * All of Whatsit on one machine: every function, the gateway, and either the embedded backend or
 * Google's emulators.
 */
@NullMarked
package dev.whatsit.local;

import org.jspecify.annotations.NullMarked;
