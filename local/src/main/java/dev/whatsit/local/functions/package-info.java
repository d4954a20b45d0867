/** The functions as one machine runs them: behind a guard, on the Functions Framework's invoker. */
@NullMarked
package dev.whatsit.local.functions;

import org.jspecify.annotations.NullMarked;
