/** Submission of an image, shared by all functions that receive an image's bytes. */
@NullMarked
package dev.whatsit.submission;

import org.jspecify.annotations.NullMarked;
