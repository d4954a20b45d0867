package dev.whatsit.batch;

import dev.whatsit.domain.image.ImageHash;
import org.jspecify.annotations.Nullable;

/**
 * A batch item as the client requests it; one of {@code sourceUrl} and {@code imageHash} is set.
 *
 * @param name the client's name for the item, or its index in the batch if it has none
 */
record WantedItem(String name, @Nullable String sourceUrl, @Nullable ImageHash imageHash) {}
