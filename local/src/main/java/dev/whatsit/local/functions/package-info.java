/** The event functions and the server that runs them without a port. */
@NullMarked
package dev.whatsit.local.functions;

import org.jspecify.annotations.NullMarked;
