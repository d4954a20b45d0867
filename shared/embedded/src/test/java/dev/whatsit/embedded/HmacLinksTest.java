package dev.whatsit.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import java.net.URI;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HmacLinksTest {
  private final HmacLinks links = LinkFollower.links();

  @Test
  void sign_overALifetime_givesThreeLinksAtMost() {
    ImageDescription image = Samples.image(1);
    Set<URI> seen = new HashSet<>();
    for (int second = 0; second < LinkFollower.LIFETIME.toSeconds(); second++) {
      seen.add(links.sign(image, Samples.NOW.plusSeconds(second)));
    }

    assertThat(seen).hasSizeBetween(2, 3);
  }

  @Test
  void verify_goodLink_tellsFormatAndExpiry() {
    ImageDescription image = Samples.image(1);
    URI link = links.sign(image, Samples.NOW);

    assertThat(LinkFollower.verify(links, link, Samples.NOW))
        .hasValue(new VerifiedLink(ImageFormat.PNG, links.expiry(Samples.NOW)));
    assertThat(LinkFollower.verify(links, link, links.expiry(Samples.NOW))).isEmpty();
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
    HmacLinks other = new HmacLinks(Samples.bytes(2, 32), "", LinkFollower.LIFETIME);

    URI link = other.sign(Samples.image(1), Samples.NOW);

    assertThat(LinkFollower.verify(links, link, Samples.NOW)).isEmpty();
  }

  @Test
  void verify_linkToAThumbnail_opensNoImage() {
    HmacLinks thumbnails =
        HmacLinks.toThumbnails(
            Samples.bytes(1, 32), "https://whatsit.test/a", LinkFollower.LIFETIME);
    ImageDescription thumbnail = Samples.image(1);

    URI link = thumbnails.sign(thumbnail, Samples.NOW);

    assertThat(link.toString())
        .startsWith("https://whatsit.test/a/v1/thumbnails/" + thumbnail.hash() + "?");
    URI relative = URI.create(link.toString().substring("https://whatsit.test/a".length()));
    assertThat(LinkFollower.verify(thumbnails, relative, Samples.NOW)).isPresent();
    assertThat(LinkFollower.verify(links, relative, Samples.NOW)).isEmpty();
  }
}
