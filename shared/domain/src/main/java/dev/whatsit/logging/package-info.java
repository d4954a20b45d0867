/** One line for each event: JSON as Cloud Logging reads it, or plain text for a person. */
@NullMarked
package dev.whatsit.logging;

import org.jspecify.annotations.NullMarked;
