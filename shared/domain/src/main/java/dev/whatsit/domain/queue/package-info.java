/** The message that carries an image's work, and the work queue. */
@NullMarked
package dev.whatsit.domain.queue;

import org.jspecify.annotations.NullMarked;
