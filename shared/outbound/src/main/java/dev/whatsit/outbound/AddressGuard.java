package dev.whatsit.outbound;

import dev.whatsit.domain.settings.Settings;
import dev.whatsit.outbound.OutboundFailure.Reason;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Decides to which URLs and addresses a request on behalf of an untrusted client may go: the public
 * internet, by http and https, on few ports. Internal addresses are refused, in every spelling, and
 * also when a name or a redirect leads to them. Immutable.
 *
 * <p>A URL is refused when two parsers could read it differently: there is one spelling of an IPv4
 * address, no userinfo, and no character beyond ASCII. The refused addresses are those of IANA's
 * registries of special purposes (RFC 6890); of IPv6 only what is assigned as global unicast is
 * public (RFC 4291 section 2.4), without the blocks that embed an IPv4 address.
 */
public final class AddressGuard {
  /** The limit in characters: as long as any URL that browsers and servers commonly support. */
  public static final int MAX_URL_LENGTH = 2048;

  private static final String PORTS = "OUTBOUND_PORTS";
  private static final String ALLOW = "OUTBOUND_ALLOW";

  /** Set on Cloud Run and Cloud Functions: cloud.google.com/run/docs/container-contract. */
  private static final String ON_CLOUD_RUN = "K_SERVICE";

  /** RFC 3986 section 2, without the brackets around an address. */
  private static final Pattern URL_TEXT =
      Pattern.compile("[A-Za-z0-9\\-._~:/?#\\[\\]@!$&'()*+,;=%]+");

  /**
   * RFC 1123 section 2.1. The last label must not begin with a digit: that would be some spelling
   * of a number.
   */
  private static final Pattern NAME =
      Pattern.compile(
          "(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)*[a-z]([a-z0-9-]{0,61}[a-z0-9])?");

  /**
   * Names that are internal by definition (RFC 6761, RFC 6762, RFC 8375, and ICANN's reservation of
   * "internal", under which Google Cloud names its machines and its metadata server).
   */
  private static final List<String> INNER_NAMES =
      List.of(".localhost", ".local", ".internal", ".home.arpa");

  private final Set<Integer> ports;
  private final List<Network> allowed;

  /** Initialised when the first address is checked, so that a cold start does not pay for it. */
  private static final class Registries {
    static final List<Network> NOT_PUBLIC =
        networks(
            // IANA IPv4 Special-Purpose Address Registry.
            "0.0.0.0/8", // this network
            "10.0.0.0/8", // private
            "100.64.0.0/10", // shared, behind a carrier's NAT; also some clouds' metadata
            "127.0.0.0/8", // loopback
            "169.254.0.0/16", // link-local; metadata of Google Cloud and others
            "172.16.0.0/12", // private
            "192.0.0.0/24", // protocol assignments; metadata of another cloud
            "192.0.2.0/24", // documentation
            "192.31.196.0/24", // AS112
            "192.52.193.0/24", // AMT
            "192.88.99.0/24", // relays of 6to4
            "192.168.0.0/16", // private
            "192.175.48.0/24", // AS112
            "198.18.0.0/15", // benchmarks
            "198.51.100.0/24", // documentation
            "203.0.113.0/24", // documentation
            "224.0.0.0/4", // multicast
            "240.0.0.0/4", // reserved, and broadcast
            "168.63.129.16/32", // Azure's internal services, in public address space
            // IANA IPv6 Special-Purpose Address Registry, where it is within 2000::/3.
            "2001::/23", // protocol assignments, with Teredo, benchmarks, ORCHID
            "2001:db8::/32", // documentation
            "2002::/16", // 6to4: an IPv4 address inside
            "2620:4f:8000::/48", // AS112
            "3fff::/20" // documentation
            );

    /**
     * All other IPv6 addresses are special: loopback, mapped, NAT64, ULA, link-local, multicast.
     */
    static final Network GLOBAL_UNICAST = Network.of("2000::/3");

    private Registries() {}

    private static List<Network> networks(String... blocks) {
      return Arrays.stream(blocks).map(Network::of).toList();
    }
  }

  /** The guard's decision about a URL. */
  public sealed interface Verdict {}

  /** The URL is allowed, as far as can be decided without looking its name up. */
  public record Accepted(OutboundUrl url) implements Verdict {}

  /**
   * The URL is refused.
   *
   * @param reason {@link Reason#INVALID} or {@link Reason#FORBIDDEN}
   * @param detail one sentence for the client that sent the URL
   */
  public record Refused(Reason reason, String detail) implements Verdict {}

  AddressGuard(Set<Integer> ports, List<Network> allowed) {
    this.ports = Set.copyOf(ports);
    this.allowed = List.copyOf(allowed);
  }

  /**
   * Reads {@code OUTBOUND_PORTS} (80 and 443 when not set) and {@code OUTBOUND_ALLOW}: blocks of
   * addresses that are treated as public although they are not, for development. Wrong values are
   * noted in the settings.
   */
  public static AddressGuard of(Settings settings) {
    Set<Integer> ports = new TreeSet<>();
    for (String port : settings.text(PORTS, "80,443").split(",", -1)) {
      if (port.strip().matches("[1-9][0-9]{0,4}") && Integer.parseInt(port.strip()) <= 65535) {
        ports.add(Integer.parseInt(port.strip()));
      } else {
        settings.reject(
            PORTS, "has " + port + ", must be ports from 1 to 65535 with commas between");
      }
    }
    List<Network> allowed = new ArrayList<>();
    Optional<String> blocks = settings.find(ALLOW);
    if (blocks.isPresent()) {
      if (settings.find(ON_CLOUD_RUN).isPresent()) {
        settings.reject(ALLOW, "is set, and opens the inside of a network: only for development");
      }
      for (String block : blocks.get().split(",", -1)) {
        try {
          allowed.add(Network.of(block.strip()));
        } catch (IllegalArgumentException e) {
          settings.reject(
              ALLOW, "has " + block + ", must be blocks like 127.0.0.0/8 with commas between");
        }
      }
    }
    return new AddressGuard(ports, allowed);
  }

  /**
   * Checks a URL's form: scheme, host, port, and the address when the host is a literal address.
   * Makes no lookup; the addresses of a name are checked when the client connects.
   */
  public Verdict check(String text) {
    if (text.length() > MAX_URL_LENGTH) {
      return tooLong();
    }
    if (!URL_TEXT.matcher(text).matches()) {
      return invalid(
          "Must be a URL of ASCII characters (RFC 3986), with all others written as percent codes or,"
              + " in the host, as Punycode.");
    }
    URI uri;
    try {
      uri = new URI(text);
    } catch (URISyntaxException e) {
      return invalid("Must be a URL (RFC 3986), for example https://example.com/cat.jpg");
    }
    String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    if (!scheme.equals("http") && !scheme.equals("https")) {
      return scheme.isEmpty()
          ? invalid("Must be a whole URL, with https:// or http:// before the host.")
          : forbidden("Only http and https are fetched.");
    }
    String authority = uri.getRawAuthority();
    if (authority == null) {
      return invalid("Must name a host.");
    }
    if (authority.contains("@")) {
      return forbidden("Must not have a user or password before the host.");
    }
    String host = uri.getHost() == null ? "" : uri.getHost().toLowerCase(Locale.ROOT);
    int port = uri.getPort();
    String spelled = port < 0 ? host : host + ":" + port;
    if (!spelled.equals(authority.toLowerCase(Locale.ROOT))) {
      return invalid("Must name a host, and a port only as a plain number.");
    }
    boolean secure = scheme.equals("https");
    int actual = port >= 0 ? port : secure ? 443 : 80;
    Verdict verdict = checkHost(uri, secure, host, actual);
    if (verdict instanceof Accepted accepted && accepted.url().full().length() > MAX_URL_LENGTH) {
      // A URL without a path gets a slash, which makes it one character longer than written.
      return tooLong();
    }
    return verdict instanceof Accepted && !ports.contains(actual)
        ? forbidden("Port " + actual + " is not connected to.")
        : verdict;
  }

  private Verdict checkHost(URI uri, boolean secure, String host, int port) {
    boolean bracketed = host.startsWith("[") && host.endsWith("]");
    String bare = bracketed ? host.substring(1, host.length() - 1) : host;
    @Nullable InetAddress literal = Network.literal(bare).orElse(null);
    if (literal != null) {
      // Java returns an IPv4 address for a mapped IPv6 literal, which is a second spelling of it.
      boolean mapped = bracketed && literal instanceof Inet4Address;
      return mapped || !isPermitted(literal)
          ? forbidden("Must name a public address.")
          : new Accepted(new OutboundUrl(uri, secure, bare, literal, port));
    }
    if (!NAME.matcher(host).matches()) {
      return invalid(
          "Must name its host by a name of letters, digits and hyphens, without a dot at the end, or by"
              + " an address in its usual form.");
    }
    // An address that is allowed for development may have a name like localhost; then only the
    // address decides.
    if (allowed.isEmpty()
        && (host.indexOf('.') < 0 || INNER_NAMES.stream().anyMatch(host::endsWith))) {
      return forbidden("Must name a public host.");
    }
    return new Accepted(new OutboundUrl(uri, secure, host, null, port));
  }

  /**
   * Checks all addresses that a host's name resolves to.
   *
   * @throws OutboundFailure {@link Reason#FORBIDDEN} if any of them is not public: a mixed result
   *     is an attack, or a mistake, and the outcome must not depend on the order of the addresses
   */
  void requirePermitted(List<InetAddress> addresses) {
    if (!addresses.stream().allMatch(this::isPermitted)) {
      throw new OutboundFailure(Reason.FORBIDDEN, "The host's name leads to no public address.");
    }
  }

  private boolean isPermitted(InetAddress address) {
    if (allowed.stream().anyMatch(network -> network.contains(address))) {
      return true;
    }
    if (!(address instanceof Inet4Address)
        && (!Registries.GLOBAL_UNICAST.contains(address) || isIsatap(address.getAddress()))) {
      return false;
    }
    return Registries.NOT_PUBLIC.stream().noneMatch(network -> network.contains(address));
  }

  /**
   * Whether the interface's part of an IPv6 address contains an IPv4 address (RFC 5214 section
   * 6.1).
   */
  private static boolean isIsatap(byte[] address) {
    return (address[8] & 0xfc) == 0
        && address[9] == 0
        && address[10] == 0x5e
        && address[11] == (byte) 0xfe;
  }

  private static Refused tooLong() {
    return invalid("Is longer than " + MAX_URL_LENGTH + " characters.");
  }

  private static Refused invalid(String detail) {
    return new Refused(Reason.INVALID, detail);
  }

  private static Refused forbidden(String detail) {
    return new Refused(Reason.FORBIDDEN, detail);
  }
}
