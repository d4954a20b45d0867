package dev.whatsit.embedded;

import java.time.Instant;
import java.util.UUID;

/**
 * Generates ids that sort by creation time, to the millisecond (RFC 9562, UUID version 7). New rows
 * go to the end of the table, whose pages stay in memory, and processes need no shared counter.
 */
final class MessageIds {
  private MessageIds() {}

  static String next(Instant now) {
    UUID random = UUID.randomUUID();
    long high = (now.toEpochMilli() << 16) | 0x7000 | (random.getMostSignificantBits() & 0xfff);
    return new UUID(high, random.getLeastSignificantBits()).toString();
  }
}
