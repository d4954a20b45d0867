/** Functions that events call: the message in every shape of event, and both doors. */
@NullMarked
package dev.whatsit.events;

import org.jspecify.annotations.NullMarked;
