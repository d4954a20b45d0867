/** What calls functions by itself: messages and dead letters as events, and a timer. */
@NullMarked
package dev.whatsit.local.dispatch;

import org.jspecify.annotations.NullMarked;
