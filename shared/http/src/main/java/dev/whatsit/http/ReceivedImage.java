package dev.whatsit.http;

import dev.whatsit.domain.image.ImageBytes;
import dev.whatsit.domain.image.ImageHash;

/**
 * A body that was read: its bytes, their hash, and the reservation of the memory budget that
 * closing releases.
 */
public final class ReceivedImage implements AutoCloseable {
  private final ImageBytes bytes;
  private final ImageHash hash;
  private final MemoryBudget.Reservation reservation;

  ReceivedImage(ImageBytes bytes, ImageHash hash, MemoryBudget.Reservation reservation) {
    this.bytes = bytes;
    this.hash = hash;
    this.reservation = reservation;
  }

  /** The bytes, at least one. */
  public ImageBytes bytes() {
    return bytes;
  }

  /** Their SHA-256. */
  public ImageHash hash() {
    return hash;
  }

  @Override
  public void close() {
    reservation.close();
  }
}
