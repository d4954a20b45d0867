package dev.whatsit.benchmarks.load;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;

/**
 * The server under load. It must be on this machine: another server may not be prepared for this
 * load, and the driver compares instants of its own and the server's clock.
 *
 * @param base for example {@code http://localhost:8080}
 */
record Target(URI base) {
  /**
   * Checks the address.
   *
   * @throws IllegalArgumentException if it is not http on loopback
   */
  Target {
    if (!"http".equals(base.getScheme()) || base.getHost() == null || !isLoopback(base.getHost())) {
      throw new IllegalArgumentException(
          base + " is not http on a loopback address, and nothing else is loaded");
    }
  }

  /** The server on a port of this machine. */
  static Target onPort(int port) {
    return new Target(URI.create("http://127.0.0.1:" + port));
  }

  /** The URI for uploads. */
  URI images() {
    return base.resolve("/v1/images");
  }

  /** The URI of an image. */
  URI image(String hash) {
    return base.resolve("/v1/images/" + hash);
  }

  private static boolean isLoopback(String host) {
    try {
      for (InetAddress address : InetAddress.getAllByName(host)) {
        if (!address.isLoopbackAddress()) {
          return false;
        }
      }
      return true;
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
