package dev.whatsit.outbound;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A block of IP addresses in CIDR notation (RFC 4632, RFC 4291 section 2.3). Immutable. */
final class Network {
  /** Four numbers without leading zeros, which some parsers read as octal. */
  private static final Pattern IPV4 =
      Pattern.compile("((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(\\.(?!$)|$)){4}");

  private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*");

  private final byte[] prefix;
  private final int bits;

  private Network(byte[] prefix, int bits) {
    this.prefix = prefix;
    this.bits = bits;
  }

  /**
   * Parses a block.
   *
   * @throws IllegalArgumentException if it is not a block, or its address is not the first of the
   *     block
   */
  static Network of(String text) {
    int slash = text.indexOf('/');
    @Nullable InetAddress address =
        slash < 0 ? null : literal(text.substring(0, slash)).orElse(null);
    String length = text.substring(slash + 1);
    if (address == null || !length.matches("[0-9]{1,3}")) {
      throw new IllegalArgumentException("not a block of addresses: " + text);
    }
    byte[] prefix = address.getAddress();
    int bits = Integer.parseInt(length);
    if (bits > prefix.length * 8 || !Arrays.equals(prefix, masked(prefix, bits))) {
      throw new IllegalArgumentException("not the beginning of a block of addresses: " + text);
    }
    return new Network(prefix, bits);
  }

  /** Parses a literal address: IPv4 only in dotted decimal form, IPv6 only without a zone. */
  static Optional<InetAddress> literal(String text) {
    boolean version6 = IPV6.matcher(text).matches();
    if (!version6 && !IPV4.matcher(text).matches()) {
      return Optional.empty();
    }
    try {
      // In brackets it is never taken for a name and looked up.
      return Optional.of(InetAddress.getByName(version6 ? "[" + text + "]" : text));
    } catch (UnknownHostException e) {
      return Optional.empty();
    }
  }

  /** Whether the block contains an address. */
  boolean contains(InetAddress address) {
    byte[] bytes = address.getAddress();
    return bytes.length == prefix.length && Arrays.equals(prefix, masked(bytes, bits));
  }

  private static byte[] masked(byte[] address, int bits) {
    byte[] result = new byte[address.length];
    for (int i = 0; i < address.length; i++) {
      int left = Math.max(0, Math.min(8, bits - i * 8));
      result[i] = (byte) (address[i] & (0xff << (8 - left)));
    }
    return result;
  }
}
