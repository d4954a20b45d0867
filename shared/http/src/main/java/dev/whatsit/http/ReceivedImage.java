package dev.whatsit.http;

import dev.whatsit.domain.image.ImageBytes;
import dev.whatsit.domain.image.ImageHash;

/**
 * A body that was read. Closing it releases the reservation.
 *
 * @param bytes at least one
 * @param hash the SHA-256 of the bytes
 * @param reservation the part of the memory budget that the bytes use
 */
public record ReceivedImage(ImageBytes bytes, ImageHash hash, MemoryBudget.Reservation reservation)
    implements AutoCloseable {
  @Override
  public void close() {
    reservation.close();
  }
}
