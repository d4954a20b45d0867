/** Who is to be told of the end of work, the state machine of telling them, and its store. */
@NullMarked
package dev.whatsit.domain.callback;

import org.jspecify.annotations.NullMarked;
