/** A queue's message, read from every shape in which an event arrives. */
@NullMarked
package dev.whatsit.events;

import org.jspecify.annotations.NullMarked;
