package dev.whatsit.outbound;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/** Looks up the addresses of a host, once for each connection. Thread-safe. */
@FunctionalInterface
public interface Lookup {
  /** The machine's own resolver. */
  Lookup SYSTEM = name -> List.of(InetAddress.getAllByName(name));

  /**
   * Looks a name up, without a timeout.
   *
   * @return all of its addresses, the preferred ones first
   * @throws UnknownHostException if it has none
   */
  List<InetAddress> addressesOf(String name) throws UnknownHostException;
}
