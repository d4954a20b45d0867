/** Messages, their topics, and the message queue port. */
@NullMarked
package dev.whatsit.domain.queue;

import org.jspecify.annotations.NullMarked;
