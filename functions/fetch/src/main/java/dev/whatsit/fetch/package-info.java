/** Carries items of batches on: fetches their images, and has them waited for. */
@NullMarked
package dev.whatsit.fetch;

import org.jspecify.annotations.NullMarked;
