/** The HTTP gateway in front of the functions: routes, limits, and local-only paths. */
@NullMarked
package dev.whatsit.local.gateway;

import org.jspecify.annotations.NullMarked;
