package dev.whatsit.local;

import dev.whatsit.classify.Times;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.http.CorsOrigins;
import dev.whatsit.http.PublicUrl;
import dev.whatsit.http.UploadTime;
import dev.whatsit.http.WebOrigins;
import dev.whatsit.local.gateway.AllowedHosts;
import dev.whatsit.local.gateway.ApiKey;
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
 * The settings of the local server itself.
 *
 * @param addresses where the gateway listens: {@code HOST}, default loopback only
 * @param port {@code PORT}, default 8080; 0 for a free one
 * @param concurrency {@code DISPATCH_CONCURRENCY}, concurrent deliveries to classify; default
 *     processors + 1, so that one image is read and written while the others are classified
 * @param multipartBudget {@code MULTIPART_BUDGET_BYTES}, memory for multipart bodies, all copies
 *     counted; default a quarter of the heap
 * @param uploadTime {@code UPLOAD_SECONDS}, enforced by the gateway as by the upload function
 * @param connectionsPerPeer {@code CONNECTIONS_PER_PEER}, maximum number of connections from one
 *     client address, default half of all; 0 for no limit
 * @param hosts host names that requests may use: {@code WHATSIT_HOSTS}, names separated by commas
 *     or {@code *}, and those of {@code HOST} and {@code PUBLIC_URL}; any if the gateway listens
 *     beyond loopback and {@code WHATSIT_HOSTS} is not set
 * @param key the key that requests need: {@code API_KEY}
 * @param origins the web pages that may use the API: {@code CORS_ORIGINS}
 * @param times function timeout and acknowledgement deadline, as classify reads them
 * @param sweepInterval {@code SWEEP_SECONDS}, 1 to 3600, default the platform's: interval of the
 *     sweep for stalled and due work
 */
record LocalSettings(
    List<InetAddress> addresses,
    int port,
    int concurrency,
    long multipartBudget,
    Duration uploadTime,
    int connectionsPerPeer,
    AllowedHosts hosts,
    ApiKey key,
    WebOrigins origins,
    Times times,
    Duration sweepInterval) {
  private static final int DEFAULT_PORT = 8080;
  private static final int LAST_PORT = 65535;
  private static final int MAX_DELIVERIES = 256;
  private static final int HEAP_PARTS = 4;
  private static final String ALLOW_ANONYMOUS = "ALLOW_ANONYMOUS";
  private static final Pattern HOST_NAME = Pattern.compile("[A-Za-z0-9._-]+");

  /**
   * Reads the settings. Invalid values are collected in {@code settings}, not thrown.
   *
   * @param sweepInterval the platform's default
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
        (int)
            settings.integer(
                "CONNECTIONS_PER_PEER", Gateway.MAX_CONNECTIONS / 2, 0, Gateway.MAX_CONNECTIONS),
        hosts(settings, addresses),
        key(settings, addresses),
        CorsOrigins.of(settings, PublicUrl.of(settings).prefix()),
        Times.of(settings),
        settings.seconds(
            "SWEEP_SECONDS", sweepInterval, Duration.ofSeconds(1), Duration.ofHours(1)));
  }

  /** {@code ALLOW_ANONYMOUS=1} says that a server beyond loopback shall need no key. */
  private static ApiKey key(Settings settings, List<InetAddress> addresses) {
    ApiKey key = ApiKey.of(settings);
    boolean anonymous = settings.oneOf(ALLOW_ANONYMOUS, "0", List.of("0", "1")).equals("1");
    if (isBeyondLoopback(addresses) && !key.isSet() && !anonymous) {
      settings.reject(
          "HOST",
          "is "
              + settings.text("HOST", "")
              + ", which others can reach: set API_KEY to the key that clients must send, or "
              + ALLOW_ANONYMOUS
              + "=1 to let everybody read and write");
    }
    return key;
  }

  private static boolean isBeyondLoopback(List<InetAddress> addresses) {
    return !addresses.stream().allMatch(InetAddress::isLoopbackAddress);
  }

  private static AllowedHosts hosts(Settings settings, List<InetAddress> addresses) {
    Optional<String> set = settings.find("WHATSIT_HOSTS");
    if (set.isEmpty() && isBeyondLoopback(addresses)) {
      // In a container, or serving a network: its host names are unknown.
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
