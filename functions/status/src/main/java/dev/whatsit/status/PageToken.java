package dev.whatsit.status;

import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.RecordPage.Position;
import dev.whatsit.domain.record.Status;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The position where a listing continues, as a token that is opaque to clients. It is valid only
 * for the filter that it was made for.
 */
final class PageToken {
  private static final Pattern FORM =
      Pattern.compile("1 ([a-z]*) (-?[0-9]{1,12})\\.([0-9]{1,9}) ([0-9a-f]{64})");

  /** No store keeps instants outside this range, which is that of RFC 3339. */
  private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");

  private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59.999999999Z");

  private PageToken() {}

  static String of(@Nullable Status filter, Position position) {
    Instant createdAt = position.createdAt();
    String text =
        String.format(
            Locale.ROOT,
            "1 %s %d.%d %s",
            word(filter),
            createdAt.getEpochSecond(),
            createdAt.getNano(),
            position.hash().hex());
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.US_ASCII));
  }

  /** The position, or empty if this is not a token of a listing with this filter. */
  static Optional<Position> parse(@Nullable Status filter, String token) {
    try {
      String text = new String(Base64.getUrlDecoder().decode(token), StandardCharsets.US_ASCII);
      Matcher parts = FORM.matcher(text);
      if (!parts.matches() || !parts.group(1).equals(word(filter))) {
        return Optional.empty();
      }
      Instant createdAt =
          Instant.ofEpochSecond(Long.parseLong(parts.group(2)), Integer.parseInt(parts.group(3)));
      if (createdAt.isBefore(EARLIEST) || createdAt.isAfter(LATEST)) {
        return Optional.empty();
      }
      return ImageHash.parse(parts.group(4)).map(hash -> new Position(createdAt, hash));
    } catch (IllegalArgumentException | DateTimeException e) {
      return Optional.empty();
    }
  }

  private static String word(@Nullable Status filter) {
    return filter == null ? "" : filter.word();
  }
}
