package dev.whatsit.batch;

import dev.whatsit.domain.image.ImageHash;
import org.jspecify.annotations.Nullable;

/**
 * An item as a client asks for it, with one of the last two.
 *
 * @param name its own, or its place where it has none
 */
record WantedItem(String name, @Nullable String sourceUrl, @Nullable ImageHash imageHash) {}
