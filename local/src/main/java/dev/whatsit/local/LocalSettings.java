package dev.whatsit.local;

import dev.whatsit.classify.Times;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.http.ImageReceiver;
import dev.whatsit.local.gateway.Gateway;
import dev.whatsit.logging.Logging;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What is the machine's own among the settings.
 *
 * @param addresses where the gateway listens: {@code HOST}, or loopback only
 * @param port {@code PORT}, 8080; 0 for a free one
 * @param concurrency {@code DISPATCH_CONCURRENCY}, messages delivered at the same moment;
 *     processors + 1, so that one is read and written while the others are classified
 * @param multipartBudget {@code MULTIPART_BUDGET_BYTES}, what multipart bodies may take, all copies
 *     counted; a quarter of the heap
 * @param uploadTime {@code UPLOAD_SECONDS}, which the gateway keeps to as the function does
 * @param times how long classify may take and a message stays away, as classify reads them
 */
record LocalSettings(
    List<InetAddress> addresses,
    int port,
    int concurrency,
    long multipartBudget,
    Duration uploadTime,
    Times times) {
  private static final int DEFAULT_PORT = 8080;
  private static final int LAST_PORT = 65535;
  private static final int MOST_DELIVERIES = 256;
  private static final int HEAP_PARTS = 4;

  /** Reads them; what is wrong is noted in the settings. */
  static LocalSettings read(Settings settings) {
    int processors = Runtime.getRuntime().availableProcessors();
    Logging.check(settings);
    long heap = Runtime.getRuntime().maxMemory();
    return new LocalSettings(
        addresses(settings),
        (int) settings.integer("PORT", DEFAULT_PORT, 0, LAST_PORT),
        (int) settings.integer("DISPATCH_CONCURRENCY", processors + 1L, 1, MOST_DELIVERIES),
        settings.integer(
            "MULTIPART_BUDGET_BYTES",
            Math.max(Gateway.LEAST_MULTIPART_BUDGET, heap / HEAP_PARTS),
            Gateway.LEAST_MULTIPART_BUDGET,
            Long.MAX_VALUE),
        ImageReceiver.timeOf(settings),
        Times.of(settings));
  }

  private static List<InetAddress> addresses(Settings settings) {
    Optional<String> host = settings.find("HOST");
    List<InetAddress> addresses = new ArrayList<>();
    for (String name : host.map(List::of).orElse(List.of("127.0.0.1", "::1"))) {
      try {
        addresses.add(InetAddress.getByName(name));
      } catch (UnknownHostException e) {
        settings.reject("HOST", "is " + name + ", which is no address of this machine");
      }
    }
    return addresses;
  }
}
