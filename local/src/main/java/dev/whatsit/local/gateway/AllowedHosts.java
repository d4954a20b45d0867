package dev.whatsit.local.gateway;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The host names that requests may use. They protect against DNS rebinding: a site can make its own
 * host name resolve to this machine. A browser then treats our responses as that site's, so the
 * site can send images and read results. Such a request carries the site's host name, so names that
 * were not configured are refused. IP addresses are allowed, because they cannot be rebound. Names
 * that end with {@code localhost} resolve to this machine only (RFC 6761 section 6.3). Immutable.
 */
public final class AllowedHosts {
  private static final String OCTET = "(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])";
  private static final Pattern ADDRESS =
      Pattern.compile(OCTET + "([.]" + OCTET + "){3}|\\[?[0-9a-f:.]*:[0-9a-f:.]*]?");
  private static final Pattern LOCALHOST = Pattern.compile("([a-z0-9_-]+[.])*localhost");

  private final Optional<Set<String>> names;

  private AllowedHosts(Optional<Set<String>> names) {
    this.names = names;
  }

  /** Allows every host. */
  public static AllowedHosts any() {
    return new AllowedHosts(Optional.empty());
  }

  /** Allows these names, {@code localhost} and all IP addresses. */
  public static AllowedHosts of(Set<String> names) {
    Set<String> plain = new TreeSet<>();
    names.forEach(name -> plain.add(plain(name)));
    return new AllowedHosts(Optional.of(plain));
  }

  /**
   * Whether a request may name this host.
   *
   * @param host without a port; IPv6 with or without brackets; case-insensitive
   */
  public boolean allow(String host) {
    if (names.isEmpty()) {
      return true;
    }
    String name = plain(host);
    return ADDRESS.matcher(name).matches()
        || LOCALHOST.matcher(name).matches()
        || names.get().contains(name);
  }

  private static String plain(String host) {
    String name = host.toLowerCase(Locale.ROOT);
    return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
  }

  @Override
  public String toString() {
    return names.map(Set::toString).orElse("any");
  }
}
