package dev.whatsit.outbound.image;

import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.http.ReceivedImage;

/**
 * A fetched image, and its description from its own header. It holds part of the memory budget
 * until it is closed.
 *
 * @param image read from the bytes, never from the server's headers
 * @param received the bytes
 */
public record FetchedImage(ImageDescription image, ReceivedImage received)
    implements AutoCloseable {
  @Override
  public void close() {
    received.close();
  }
}
