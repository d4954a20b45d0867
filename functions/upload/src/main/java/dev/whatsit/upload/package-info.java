/** Takes an image in: reads it, stores it, puts its work into the queue, writes its record. */
@NullMarked
package dev.whatsit.upload;

import org.jspecify.annotations.NullMarked;
