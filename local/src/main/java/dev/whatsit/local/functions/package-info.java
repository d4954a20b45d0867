/** Guards the functions that run locally on the Functions Framework's invoker. */
@NullMarked
package dev.whatsit.local.functions;

import org.jspecify.annotations.NullMarked;
