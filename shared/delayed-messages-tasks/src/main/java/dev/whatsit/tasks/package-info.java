/** Delayed messages on Cloud Tasks: the part of the backend {@code google} that puts off. */
@NullMarked
package dev.whatsit.tasks;

import org.jspecify.annotations.NullMarked;
