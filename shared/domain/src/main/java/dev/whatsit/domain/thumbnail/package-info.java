/** Thumbnails of images and the store of their results. */
@NullMarked
package dev.whatsit.domain.thumbnail;

import org.jspecify.annotations.NullMarked;
