/** Images from addresses that strangers name, taken with the bounds of an upload. */
@NullMarked
package dev.whatsit.outbound.image;

import org.jspecify.annotations.NullMarked;
