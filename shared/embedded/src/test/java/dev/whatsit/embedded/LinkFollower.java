package dev.whatsit.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.domain.image.ImageHash;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Opens links as the server does. */
final class LinkFollower {
  static final Duration LIFETIME = Duration.ofMinutes(10);

  private static final Pattern LINK =
      Pattern.compile(
          "/v1/(?:images/([0-9a-f]{64})/content|thumbnails/([0-9a-f]{64}))"
              + "\\?expires=([0-9]+)&signature=([A-Za-z0-9_-]+)");

  private LinkFollower() {}

  static HmacLinks links() {
    return new HmacLinks(Samples.bytes(1, 32), "", LIFETIME);
  }

  static Optional<VerifiedLink> verify(HmacLinks links, URI link, Instant now) {
    Matcher parts = LINK.matcher(link.toString());
    assertThat(parts.matches()).as(link.toString()).isTrue();
    String hash = parts.group(1) == null ? parts.group(2) : parts.group(1);
    return links.verify(new ImageHash(hash), parts.group(3), parts.group(4), now);
  }

  /** The content type, or empty when the link is refused. */
  static Optional<String> follow(HmacLinks links, URI link, Instant now) {
    return verify(links, link, now).map(verified -> verified.format().mediaType());
  }
}
