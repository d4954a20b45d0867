/** How an image is submitted, by whichever function has its bytes. */
@NullMarked
package dev.whatsit.submission;

import org.jspecify.annotations.NullMarked;
