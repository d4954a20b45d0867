/** Ends work whose message was dead-lettered. */
@NullMarked
package dev.whatsit.deadletter;

import org.jspecify.annotations.NullMarked;
