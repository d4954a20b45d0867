/**
 * Classification by Cloud Vision, which reads the images where they are stored; never more in a
 * month than is allowed.
 */
@NullMarked
package dev.whatsit.classifier.vision;

import org.jspecify.annotations.NullMarked;
