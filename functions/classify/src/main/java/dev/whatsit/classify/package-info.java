/** Classifies one image for each event. */
@NullMarked
package dev.whatsit.classify;

import org.jspecify.annotations.NullMarked;
