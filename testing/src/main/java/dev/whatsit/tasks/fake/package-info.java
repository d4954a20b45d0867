/** A fake of Cloud Tasks for tests, over a real socket, so that Google's client runs unchanged. */
@NullMarked
package dev.whatsit.tasks.fake;

import org.jspecify.annotations.NullMarked;
