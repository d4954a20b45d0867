package dev.whatsit.contracts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageLinks;
import dev.whatsit.domain.image.ImageLinks.SignedLink;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@link ImageLinks} promise. */
public abstract class ImageLinksContract {
  /** The links under test. */
  protected abstract ImageLinks links() throws Exception;

  /** The whole life of a link. */
  protected abstract Duration lifetime();

  /**
   * Opens a link as anybody would.
   *
   * @return the content type with which the bytes would come, or empty when the link is refused
   */
  protected abstract Optional<String> follow(URI link, Instant now) throws Exception;

  @ParameterizedTest
  @EnumSource(ImageFormat.class)
  void sign_everyFormat_opensWithItsContentType(ImageFormat format) throws Exception {
    ImageDescription image = Samples.image(Samples.bytes(64), format);

    SignedLink link = links().sign(image, Samples.NOW);

    assertThat(follow(link.uri(), Samples.NOW)).hasValue(format.mediaType());
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.25, 0.499, 0.5, 0.501, 0.75, 0.999, 1})
  void sign_anyMoment_worksForAtLeastHalfOfItsLife(double part) throws Exception {
    ImageDescription image = Samples.image();
    Duration half = lifetime().dividedBy(2);
    // Wherever the moment lies between the steps to which an adapter may round.
    Instant now = Samples.NOW.plusMillis((long) (part * (double) lifetime().toMillis()));

    SignedLink link = links().sign(image, now);

    assertThat(link.expiresAt()).isBetween(now.plus(half), now.plus(lifetime()));
    assertThat(follow(link.uri(), now.plus(half).minusSeconds(1))).isPresent();
    assertThat(follow(link.uri(), link.expiresAt().minusSeconds(1))).isPresent();
  }

  @Test
  void follow_afterTheExpiry_isRefused() throws Exception {
    SignedLink link = links().sign(Samples.image(), Samples.NOW);

    assertThat(follow(link.uri(), link.expiresAt().plusSeconds(1))).isEmpty();
    assertThat(follow(link.uri(), link.expiresAt().plus(Duration.ofDays(365)))).isEmpty();
  }

  @Test
  void follow_otherHash_isRefused() throws Exception {
    ImageDescription image = Samples.image();
    ImageDescription other = Samples.image();
    String link = links().sign(image, Samples.NOW).uri().toString();
    assertThat(link).contains(image.hash().hex());

    String forged = link.replace(image.hash().hex(), other.hash().hex());

    assertThat(follow(URI.create(forged), Samples.NOW)).isEmpty();
  }

  @Test
  void follow_anyDigitChanged_isRefused() throws Exception {
    URI link = links().sign(Samples.image(), Samples.NOW).uri();
    String text = link.toString();
    int query = text.indexOf('?') + 1;
    assertThat(query).isPositive();

    int changed = 0;
    for (int i = query; i < text.length(); i++) {
      char c = text.charAt(i);
      // Not the last one of a base64 text, whose lowest bits may carry nothing.
      if (Character.isDigit(c) && i < text.length() - 1) {
        char other = c == '9' ? '0' : (char) (c + 1);
        String forged = text.substring(0, i) + other + text.substring(i + 1);
        assertThat(follow(URI.create(forged), Samples.NOW)).as(forged).isEmpty();
        changed++;
      }
    }
    assertThat(changed).isPositive();
  }

  @Test
  void sign_differentImages_givesDifferentLinks() throws Exception {
    List<URI> links = Race.of(16, i -> () -> links().sign(Samples.image(), Samples.NOW).uri());

    assertThat(links).hasSize(16).doesNotHaveDuplicates();
    for (URI link : links) {
      assertThat(follow(link, Samples.NOW)).isPresent();
    }
  }
}
