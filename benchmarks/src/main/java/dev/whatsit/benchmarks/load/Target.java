package dev.whatsit.benchmarks.load;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;

/**
 * The server that is loaded. Only one on this machine is accepted: the driver can make more load
 * than anybody else's server was asked to bear, and it compares instants of both sides' clocks.
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

  /** Where images are sent. */
  URI images() {
    return base.resolve("/v1/images");
  }

  /** Where one is asked for. */
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
