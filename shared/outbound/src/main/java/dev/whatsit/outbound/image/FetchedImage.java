package dev.whatsit.outbound.image;

import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.http.ReceivedImage;

/**
 * An image that was fetched, and what its header says. Takes its part of the memory budget until it
 * is closed.
 *
 * @param image what the bytes are, never what the server called them
 * @param received the bytes
 */
public record FetchedImage(ImageDescription image, ReceivedImage received)
    implements AutoCloseable {
  @Override
  public void close() {
    received.close();
  }
}
