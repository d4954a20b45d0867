/**
 * Classification by Cloud Vision, which reads the images where they are stored, under a monthly
 * limit.
 */
@NullMarked
package dev.whatsit.classifier.vision;

import org.jspecify.annotations.NullMarked;
