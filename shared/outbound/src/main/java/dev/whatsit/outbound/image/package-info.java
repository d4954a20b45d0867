/** Fetches images from URLs that untrusted clients name, within the limits of an upload. */
@NullMarked
package dev.whatsit.outbound.image;

import org.jspecify.annotations.NullMarked;
