/** Runs the Functions Framework's invoker, several times in one process. */
@NullMarked
package dev.whatsit.invoker;

import org.jspecify.annotations.NullMarked;
