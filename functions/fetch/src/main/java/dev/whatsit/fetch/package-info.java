/** Processes batch items: fetches their images, or subscribes to the images that they name. */
@NullMarked
package dev.whatsit.fetch;

import org.jspecify.annotations.NullMarked;
