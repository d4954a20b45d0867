/** Calls functions without a client: with messages and dead letters as events, and by a timer. */
@NullMarked
package dev.whatsit.local.dispatch;

import org.jspecify.annotations.NullMarked;
