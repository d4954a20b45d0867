/** One port in front of the functions: routes, limits, and what only one machine has. */
@NullMarked
package dev.whatsit.local.gateway;

import org.jspecify.annotations.NullMarked;
