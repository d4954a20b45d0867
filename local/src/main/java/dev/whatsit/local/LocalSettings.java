package dev.whatsit.local;

import dev.whatsit.classify.Times;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.http.PublicUrl;
import dev.whatsit.http.UploadTime;
import dev.whatsit.local.gateway.AllowedHosts;
import dev.whatsit.local.gateway.Gateway;
import dev.whatsit.logging.Logging;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

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
 * @param hosts those that requests may name: {@code WHATSIT_HOSTS}, names with commas between or
 *     {@code *}, and those of {@code HOST} and {@code PUBLIC_URL}; any when it listens beyond
 *     loopback and {@code WHATSIT_HOSTS} is not set
 * @param times how long classify may take and a message stays away, as classify reads them
 * @param sweepInterval {@code SWEEP_SECONDS}, 1 to 3600, the platform's own when it is not set: how
 *     often forgotten and due work is looked for
 */
record LocalSettings(
    List<InetAddress> addresses,
    int port,
    int concurrency,
    long multipartBudget,
    Duration uploadTime,
    AllowedHosts hosts,
    Times times,
    Duration sweepInterval) {
  private static final int DEFAULT_PORT = 8080;
  private static final int LAST_PORT = 65535;
  private static final int MAX_DELIVERIES = 256;
  private static final int HEAP_PARTS = 4;
  private static final Pattern HOST_NAME = Pattern.compile("[A-Za-z0-9._-]+");

  /**
   * Reads them; what is wrong is noted in the settings.
   *
   * @param sweepInterval the platform's own
   */
  static LocalSettings read(Settings settings, Duration sweepInterval) {
    int processors = Runtime.getRuntime().availableProcessors();
    Logging.check(settings);
    long heap = Runtime.getRuntime().maxMemory();
    List<InetAddress> addresses = addresses(settings);
    return new LocalSettings(
        addresses,
        (int) settings.integer("PORT", DEFAULT_PORT, 0, LAST_PORT),
        (int) settings.integer("DISPATCH_CONCURRENCY", processors + 1L, 1, MAX_DELIVERIES),
        settings.integer(
            "MULTIPART_BUDGET_BYTES",
            Math.max(Gateway.MIN_MULTIPART_BUDGET, heap / HEAP_PARTS),
            Gateway.MIN_MULTIPART_BUDGET,
            Long.MAX_VALUE),
        UploadTime.of(settings),
        hosts(settings, addresses),
        Times.of(settings),
        settings.seconds(
            "SWEEP_SECONDS", sweepInterval, Duration.ofSeconds(1), Duration.ofHours(1)));
  }

  private static AllowedHosts hosts(Settings settings, List<InetAddress> addresses) {
    Optional<String> set = settings.find("WHATSIT_HOSTS");
    boolean loopback = addresses.stream().allMatch(InetAddress::isLoopbackAddress);
    if (set.isEmpty() && !loopback) {
      // In a container, or for a network: under which names, nobody has told us.
      return AllowedHosts.any();
    }
    Set<String> names = new HashSet<>();
    for (String name : set.orElse("").split(",", -1)) {
      if (name.strip().equals("*")) {
        return AllowedHosts.any();
      }
      if (HOST_NAME.matcher(name.strip()).matches()) {
        names.add(name.strip());
      } else if (!name.isBlank()) {
        settings.reject(
            "WHATSIT_HOSTS",
            "names "
                + name.strip()
                + ", must be names of hosts with commas between, without ports");
      }
    }
    settings.find("HOST").ifPresent(names::add);
    String publicUrl = PublicUrl.of(settings).prefix();
    if (!publicUrl.isEmpty()) {
      names.add(URI.create(publicUrl).getHost());
    }
    return AllowedHosts.of(names);
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
