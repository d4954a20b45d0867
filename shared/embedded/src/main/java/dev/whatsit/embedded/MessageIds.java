package dev.whatsit.embedded;

import java.time.Instant;
import java.util.UUID;

/**
 * Ids in the order of their making, to the millisecond (RFC 9562, UUID version 7): new rows go to
 * the end of the table, whose pages stay in memory, and nothing is counted across processes.
 */
final class MessageIds {
  private MessageIds() {}

  static String next(Instant now) {
    UUID random = UUID.randomUUID();
    long high = (now.toEpochMilli() << 16) | 0x7000 | (random.getMostSignificantBits() & 0xfff);
    return new UUID(high, random.getLeastSignificantBits()).toString();
  }
}
