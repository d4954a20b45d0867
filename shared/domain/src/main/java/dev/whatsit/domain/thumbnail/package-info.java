/** Small pictures of images: what is known of them, where they lie, and who links to them. */
@NullMarked
package dev.whatsit.domain.thumbnail;

import org.jspecify.annotations.NullMarked;
