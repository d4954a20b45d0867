package dev.whatsit.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.contracts.ImageLinksContract;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.image.ImageLinks;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class HmacLinksTest extends ImageLinksContract {
  private static final Pattern LINK =
      Pattern.compile(
          "/v1/images/([0-9a-f]{64})/content\\?expires=([0-9]+)&signature=([A-Za-z0-9_-]+)");
  private static final Duration LIFETIME = Duration.ofMinutes(10);

  private final HmacLinks links = new HmacLinks(Samples.bytes(1, 32), "", LIFETIME);

  @Override
  protected ImageLinks links() {
    return links;
  }

  @Override
  protected Duration lifetime() {
    return LIFETIME;
  }

  @Override
  protected Optional<String> follow(URI link, Instant now) {
    Matcher parts = LINK.matcher(link.toString());
    assertThat(parts.matches()).as(link.toString()).isTrue();
    return links
        .verify(new ImageHash(parts.group(1)), parts.group(2), parts.group(3), now)
        .map(verified -> verified.format().mediaType());
  }

  @Test
  void sign_overALifetime_givesThreeLinksAtMost() {
    ImageDescription image = Samples.image(1);
    Set<URI> seen = new HashSet<>();
    for (int second = 0; second < LIFETIME.toSeconds(); second++) {
      seen.add(links.sign(image, Samples.NOW.plusSeconds(second)).uri());
    }

    assertThat(seen).hasSizeBetween(2, 3);
  }

  @Test
  void sign_withPrefix_isAbsolute() {
    HmacLinks absolute = new HmacLinks(Samples.bytes(1, 32), "https://whatsit.test/a", LIFETIME);
    ImageDescription image = Samples.image(1);

    assertThat(absolute.sign(image, Samples.NOW).uri())
        .hasToString("https://whatsit.test/a" + links.sign(image, Samples.NOW).uri());
  }

  @Test
  void verify_goodLink_tellsFormatAndExpiry() {
    ImageDescription image = Samples.image(1);
    ImageLinks.SignedLink link = links.sign(image, Samples.NOW);
    Matcher parts = LINK.matcher(link.uri().toString());
    assertThat(parts.matches()).isTrue();

    assertThat(links.verify(image.hash(), parts.group(2), parts.group(3), Samples.NOW))
        .hasValue(new VerifiedLink(ImageFormat.PNG, link.expiresAt()));
    assertThat(links.verify(image.hash(), parts.group(2), parts.group(3), link.expiresAt()))
        .isEmpty();
  }

  @Test
  void verify_malformedValues_areRefused() {
    ImageHash hash = Samples.image(1).hash();
    String far = "99999999999";
    String[][] values = {
      {null, "AAAA"},
      {far, null},
      {far, ""},
      {far, "AAAA"},
      {far, "not base64!"},
      {"", "AAAA"},
      {"soon", "AAAA"},
      {"99999999999999999999999", "AAAA"},
      {"-1", "AAAA"},
    };

    for (String[] value : values) {
      assertThat(links.verify(hash, value[0], value[1], Samples.NOW)).isEmpty();
    }
  }

  @Test
  void verify_linkOfAnotherKey_isRefused() {
    HmacLinks other = new HmacLinks(Samples.bytes(2, 32), "", LIFETIME);

    assertThat(follow(other.sign(Samples.image(1), Samples.NOW).uri(), Samples.NOW)).isEmpty();
  }
}
