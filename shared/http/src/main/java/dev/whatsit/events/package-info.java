/**
 * Event functions: their two entry points, and the reading of messages in every format of event.
 */
@NullMarked
package dev.whatsit.events;

import org.jspecify.annotations.NullMarked;
