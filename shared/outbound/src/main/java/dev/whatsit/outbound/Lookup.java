package dev.whatsit.outbound;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/**
 * Finds the addresses of a host. Asked once for each connection. Thread-safe.
 */
@FunctionalInterface
public interface Lookup {
  /** As the machine does it. */
  Lookup SYSTEM = name -> List.of(InetAddress.getAllByName(name));

  /**
   * Looks a name up, for as long as that takes.
   *
   * @return all of its addresses, the preferred ones first
   * @throws UnknownHostException if it has none
   */
  List<InetAddress> addressesOf(String name) throws UnknownHostException;
}
