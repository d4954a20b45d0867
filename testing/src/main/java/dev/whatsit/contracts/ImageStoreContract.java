package dev.whatsit.contracts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.whatsit.domain.image.ImageBytes;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.image.ImageStore.Put;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The contract of {@link ImageStore}. */
public abstract class ImageStoreContract {
  private static final int RACERS = 32;

  /** The store under test. */
  protected abstract ImageStore store() throws Exception;

  /** The same store as another process sees it, if the adapter's tests have such an object. */
  protected ImageStore otherStore() throws Exception {
    return store();
  }

  /** How long a link is valid. */
  protected abstract Duration linkLifetime();

  /**
   * Opens a link without credentials. The image need not exist.
   *
   * @return the content type of the response, or empty when the link is refused
   */
  protected abstract Optional<String> follow(URI link, Instant now) throws Exception;

  @Test
  void open_unknownHash_isEmpty() throws Exception {
    assertThat(store().open(Samples.image().hash())).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, JPEG",
    "8191, 8191, PNG",
    "10000, 1, GIF",
    "10000, 7, WEBP",
    "200000, 4096, BMP",
    "5000001, 300000, JPEG",
  })
  void put_newBytes_areStoredWhole(int size, int segmentSize, ImageFormat format) throws Exception {
    byte[] content = Samples.bytes(size);
    ImageDescription image = Samples.image(content, format);
    List<byte[]> segments = new ArrayList<>();
    for (int from = 0; from < content.length; from += segmentSize) {
      segments.add(Arrays.copyOfRange(content, from, from + segmentSize));
    }

    Put put = store().putIfAbsent(image, ImageBytes.ofSegments(segments, content.length));

    assertThat(put).isEqualTo(Put.STORED);
    assertThat(read(store(), image)).hasValue(content);
    assertThat(read(otherStore(), image)).hasValue(content);
  }

  @Test
  void put_again_isAlreadyThereAndReplacesNothing() throws Exception {
    byte[] content = Samples.bytes(1000);
    ImageDescription image = stored(content);

    assertThat(store().putIfAbsent(image, ImageBytes.of(content))).isEqualTo(Put.ALREADY_THERE);
    assertThat(otherStore().putIfAbsent(image, ImageBytes.of(content)))
        .isEqualTo(Put.ALREADY_THERE);
    store().putIfAbsent(image, ImageBytes.of(Samples.bytes(1000)));

    assertThat(read(store(), image)).hasValue(content);
  }

  @Test
  void put_sameBytesAtOnce_oneStoresAndReadersSeeAllOrNothing() throws Exception {
    byte[] content = Samples.bytes(1_000_003);
    ImageDescription image = Samples.image(content);
    ImageBytes bytes = ImageBytes.of(content);
    AtomicInteger writing = new AtomicInteger(RACERS);
    AtomicBoolean answered = new AtomicBoolean();
    int readers = 4;
    CountDownLatch reading = new CountDownLatch(readers);

    List<Optional<Put>> answers =
        Race.of(
            RACERS + readers,
            i ->
                () -> {
                  ImageStore store = i % 2 == 0 ? store() : otherStore();
                  if (i < RACERS) {
                    try {
                      // Otherwise the writers may finish before a reader starts.
                      assertThat(reading.await(1, TimeUnit.MINUTES)).isTrue();
                      Put put = store.putIfAbsent(image, bytes);
                      answered.set(true);
                      return Optional.of(put);
                    } finally {
                      writing.decrementAndGet();
                    }
                  }
                  boolean last;
                  do {
                    last = writing.get() == 0;
                    boolean mustBeThere = answered.get();
                    try {
                      Optional<byte[]> seen = read(store, image);
                      if (mustBeThere || seen.isPresent()) {
                        assertThat(seen).hasValue(content);
                      }
                    } finally {
                      reading.countDown();
                    }
                  } while (!last);
                  return Optional.empty();
                });

    List<Put> puts = answers.stream().flatMap(Optional::stream).toList();
    assertThat(puts).hasSize(RACERS).containsOnlyOnce(Put.STORED);
    assertThat(Collections.frequency(puts, Put.ALREADY_THERE)).isEqualTo(RACERS - 1);
    assertThat(read(store(), image)).hasValue(content);
  }

  @Test
  void put_differentBytesAtOnce_allAreStored() throws Exception {
    List<byte[]> contents = new ArrayList<>();
    for (int i = 0; i < RACERS; i++) {
      contents.add(Samples.bytes(10_000 + i));
    }

    List<Put> puts =
        Race.of(
            RACERS,
            i ->
                () ->
                    (i % 2 == 0 ? store() : otherStore())
                        .putIfAbsent(
                            Samples.image(contents.get(i)), ImageBytes.of(contents.get(i))));

    assertThat(puts).hasSize(RACERS).containsOnly(Put.STORED);
    for (byte[] content : contents) {
      assertThat(read(store(), Samples.image(content))).hasValue(content);
    }
  }

  @Test
  void open_twice_givesStreamsOfTheirOwn() throws Exception {
    byte[] content = Samples.bytes(100_000);
    ImageDescription image = stored(content);

    try (InputStream one = store().open(image.hash()).orElseThrow();
        InputStream two = store().open(image.hash()).orElseThrow();
        InputStream closedEarly = store().open(image.hash()).orElseThrow()) {
      assertThat(one.read()).isEqualTo(content[0] & 0xff);
      assertThat(closedEarly.read()).isEqualTo(content[0] & 0xff);
      closedEarly.close();
      assertThat(two.readAllBytes()).isEqualTo(content);
      assertThat(one.readAllBytes()).isEqualTo(Arrays.copyOfRange(content, 1, content.length));
    }
  }

  @Test
  void delete_stored_isGoneForEveryCallerAndCanBeStoredAgain() throws Exception {
    byte[] content = Samples.bytes(1000);
    ImageDescription kept = stored(Samples.bytes(10));
    ImageDescription image = stored(content);

    store().delete(image.hash());
    store().delete(image.hash());

    assertThat(read(store(), image)).isEmpty();
    assertThat(read(otherStore(), image)).isEmpty();
    assertThat(read(store(), kept)).isPresent();
    assertThat(otherStore().putIfAbsent(image, ImageBytes.of(content))).isEqualTo(Put.STORED);
    assertThat(read(store(), image)).hasValue(content);
  }

  @Test
  void delete_atOnce_allSucceed() throws Exception {
    ImageDescription image = stored(Samples.bytes(1000));

    Race.of(
        RACERS,
        i ->
            () -> {
              (i % 2 == 0 ? store() : otherStore()).delete(image.hash());
              return true;
            });

    assertThat(read(store(), image)).isEmpty();
  }

  @Test
  void check_reachable_passes() {
    assertThatCode(() -> store().check()).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @EnumSource(ImageFormat.class)
  void link_everyFormat_opensWithItsContentType(ImageFormat format) throws Exception {
    ImageDescription image = Samples.image(Samples.bytes(64), format);

    URI link = store().link(image, Samples.NOW);

    assertThat(follow(link, Samples.NOW)).hasValue(format.mediaType());
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.25, 0.499, 0.5, 0.501, 0.75, 0.999, 1})
  void link_anyMoment_worksForAtLeastHalfOfItsLife(double part) throws Exception {
    ImageDescription image = Samples.image();
    Duration half = linkLifetime().dividedBy(2);
    // An adapter may round to steps: test several positions within a step.
    Instant now = Samples.NOW.plusMillis((long) (part * (double) linkLifetime().toMillis()));

    URI link = store().link(image, now);

    Instant expiry = store().linkExpiry(now);
    assertThat(expiry).isBetween(now.plus(half), now.plus(linkLifetime()));
    assertThat(follow(link, now.plus(half).minusSeconds(1))).isPresent();
    assertThat(follow(link, expiry.minusSeconds(1))).isPresent();
  }

  @Test
  void link_afterItsExpiry_isRefused() throws Exception {
    URI link = store().link(Samples.image(), Samples.NOW);

    Instant expiry = store().linkExpiry(Samples.NOW);
    assertThat(follow(link, expiry.plusSeconds(1))).isEmpty();
    assertThat(follow(link, expiry.plus(Duration.ofDays(365)))).isEmpty();
  }

  @Test
  void linkExpiry_changes_whenTheLinkDoes() throws Exception {
    ImageDescription image = Samples.image();
    for (int eighth = 1; eighth <= 8; eighth++) {
      Instant now = Samples.NOW.plus(linkLifetime().multipliedBy(eighth).dividedBy(8));
      assertThat(store().link(image, now).equals(store().link(image, Samples.NOW)))
          .isEqualTo(store().linkExpiry(now).equals(store().linkExpiry(Samples.NOW)));
    }
  }

  @Test
  void link_ofAnotherHash_isRefused() throws Exception {
    ImageDescription image = Samples.image();
    ImageDescription other = Samples.image();
    String link = store().link(image, Samples.NOW).toString();
    assertThat(link).contains(image.hash().hex());

    String forged = link.replace(image.hash().hex(), other.hash().hex());

    assertThat(follow(URI.create(forged), Samples.NOW)).isEmpty();
  }

  @Test
  void link_anyDigitChanged_isRefused() throws Exception {
    URI link = store().link(Samples.image(), Samples.NOW);
    String text = link.toString();
    int query = text.indexOf('?') + 1;
    assertThat(query).isPositive();

    int changed = 0;
    for (int i = query; i < text.length(); i++) {
      char c = text.charAt(i);
      // Skip the last digit: the lowest bits at the end of a Base64 text may have no meaning.
      if (Character.isDigit(c) && i < text.length() - 1) {
        char other = c == '9' ? '0' : (char) (c + 1);
        String forged = text.substring(0, i) + other + text.substring(i + 1);
        assertThat(follow(URI.create(forged), Samples.NOW)).as(forged).isEmpty();
        changed++;
      }
    }
    assertThat(changed).isPositive();
  }

  private ImageDescription stored(byte[] content) throws Exception {
    ImageDescription image = Samples.image(content);
    store().putIfAbsent(image, ImageBytes.of(content));
    return image;
  }

  private static Optional<byte[]> read(ImageStore store, ImageDescription image)
      throws IOException {
    Optional<InputStream> opened = store.open(image.hash());
    if (opened.isEmpty()) {
      return Optional.empty();
    }
    try (InputStream stream = opened.get()) {
      return Optional.of(stream.readAllBytes());
    }
  }
}
