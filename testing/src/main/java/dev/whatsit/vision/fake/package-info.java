/** Cloud Vision's service, which answers what a test tells it to. */
@NullMarked
package dev.whatsit.vision.fake;

import org.jspecify.annotations.NullMarked;
