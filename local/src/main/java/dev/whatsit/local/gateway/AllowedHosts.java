package dev.whatsit.local.gateway;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The hosts that requests may name. A page of any site can have its own name point to this machine
 * ("DNS rebinding"), and its browser then takes what we answer for that site's: it may send images
 * and read results. Such a request bears the site's name, so names that nobody gave us are refused.
 * An address is no name that could be pointed elsewhere, and what ends with {@code localhost} leads
 * to this machine only (RFC 6761 section 6.3). Immutable.
 */
public final class AllowedHosts {
  private static final Pattern IPV4 = Pattern.compile("[0-9]{1,3}([.][0-9]{1,3}){3}");
  private static final String LOCALHOST = "localhost";

  private final Optional<Set<String>> names;

  private AllowedHosts(Optional<Set<String>> names) {
    this.names = names;
  }

  /** Whatever a request names. */
  public static AllowedHosts any() {
    return new AllowedHosts(Optional.empty());
  }

  /** These names beside this machine's own and all addresses. */
  public static AllowedHosts of(Set<String> names) {
    Set<String> plain = new TreeSet<>();
    names.forEach(name -> plain.add(plain(name)));
    return new AllowedHosts(Optional.of(plain));
  }

  /**
   * Whether a request may name this host.
   *
   * @param host without a port, IPv6 with or without brackets; of any case
   */
  public boolean allow(String host) {
    if (names.isEmpty()) {
      return true;
    }
    String name = plain(host);
    return name.contains(":")
        || IPV4.matcher(name).matches()
        || name.equals(LOCALHOST)
        || name.endsWith("." + LOCALHOST)
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
