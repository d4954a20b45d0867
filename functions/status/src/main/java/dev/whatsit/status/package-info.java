/** Reports the state of images. */
@NullMarked
package dev.whatsit.status;

import org.jspecify.annotations.NullMarked;
