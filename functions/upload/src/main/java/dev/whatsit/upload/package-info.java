/** Accepts an image: reads it, stores it, publishes its work message and writes its record. */
@NullMarked
package dev.whatsit.upload;

import org.jspecify.annotations.NullMarked;
