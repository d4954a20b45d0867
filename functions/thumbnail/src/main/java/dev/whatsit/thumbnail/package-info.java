/** Makes the thumbnails of one image for each event. */
@NullMarked
package dev.whatsit.thumbnail;

import org.jspecify.annotations.NullMarked;
