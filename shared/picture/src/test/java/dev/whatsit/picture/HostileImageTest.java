package dev.whatsit.picture;

import static dev.whatsit.picture.TestImages.PNG_SIGNATURE;
import static dev.whatsit.picture.TestImages.chunk;
import static dev.whatsit.picture.TestImages.cut;
import static dev.whatsit.picture.TestImages.decode;
import static dev.whatsit.picture.TestImages.deflate;
import static dev.whatsit.picture.TestImages.describe;
import static dev.whatsit.picture.TestImages.header;
import static dev.whatsit.picture.TestImages.insert;
import static dev.whatsit.picture.TestImages.isAbout;
import static dev.whatsit.picture.TestImages.join;
import static dev.whatsit.picture.TestImages.jpeg;
import static dev.whatsit.picture.TestImages.png;
import static dev.whatsit.picture.TestImages.quarters;
import static dev.whatsit.picture.TestImages.resource;
import static dev.whatsit.picture.TestImages.tiff;
import static dev.whatsit.picture.TestImages.waves;
import static dev.whatsit.picture.TestImages.withExif;
import static dev.whatsit.picture.TestImages.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.whatsit.domain.failure.Deferred;
import dev.whatsit.domain.failure.PermanentFailure;
import dev.whatsit.domain.image.ImageFormat;
import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Images that are cut, broken or made to do harm. */
class HostileImageTest {
  private static final Framing SMALL = Framing.squashed(30, 30);

  private static Map<String, byte[]> files() {
    BufferedImage image = waves(120, 90);
    Map<String, byte[]> files = new TreeMap<>();
    files.put("baseline.JPEG", jpeg(image, false));
    files.put("progressive.JPEG", jpeg(image, true));
    files.put("plain.PNG", write("png", image));
    files.put("interlaced.PNG", resource("interlaced.png"));
    files.put("plain.GIF", write("gif", image));
    files.put("plain.BMP", write("bmp", image));
    files.put("lossy.WEBP", resource("lossy_large.webp"));
    files.put("lossless.WEBP", resource("lossless.webp"));
    files.put("palette.WEBP", resource("palette16.webp"));
    files.put("transparent.WEBP", resource("transparent_lossy.webp"));
    files.put("animated.WEBP", resource("animated.webp"));
    return files;
  }

  private static ImageFormat format(String name) {
    return ImageFormat.valueOf(name.substring(name.indexOf('.') + 1));
  }

  static void assertCorrupt(ImageFormat format, byte[] file) {
    assertRefused(format, file, "CORRUPT_IMAGE");
  }

  private static void assertRefused(ImageFormat format, byte[] file, String code) {
    PermanentFailure failure =
        catchThrowableOfType(PermanentFailure.class, () -> decode(format, file, SMALL));
    assertThat(failure).as("%s of %d bytes", format, file.length).isNotNull();
    assertThat(failure.code()).as(failure.toString()).isEqualTo(code);
    assertThat(failure.retryable()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 10, 30, 60, 90, 98})
  void decode_anyFormatCut_isCorrupt(int percent) {
    files().forEach((name, file) -> assertCorrupt(format(name), cut(file, percent)));
  }

  @Test
  void decode_wholeFiles_areFine() {
    files()
        .forEach(
            (name, file) ->
                assertThat(decode(format(name), file, SMALL).width()).as(name).isEqualTo(30));
  }

  @Test
  void decode_lossyWebpCutWithHonestLengths_isCorrupt() {
    // Cut, and every length made to fit again.
    byte[] file = cut(resource("lossy_large.webp"), 60);
    ByteBuffer lengths = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    lengths.putInt(4, file.length - 8);
    lengths.putInt(16, file.length - 20);
    assertCorrupt(ImageFormat.WEBP, file);
  }

  @Test
  void decode_losslessWebpCutWithHonestLengths_isCorrupt() {
    byte[] file = cut(resource("lossless.webp"), 60);
    ByteBuffer lengths = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    lengths.putInt(4, file.length - 8);
    lengths.putInt(16, file.length - 20);
    assertCorrupt(ImageFormat.WEBP, file);
  }

  @Test
  void decode_pngWithTooFewRows_isCorrupt() {
    // Sound to the last checksum, but half the picture is missing.
    assertCorrupt(ImageFormat.PNG, png(header(64, 64, 8, 0, false), new byte[65 * 32]));
  }

  @Test
  void decode_gifWithTooFewPixels_isCorrupt() {
    byte[] gif = write("gif", waves(40, 40));
    int descriptor = PictureDecoderTest.descriptor(gif);
    gif[8] = 80;
    gif[descriptor + 7] = 80;
    assertCorrupt(ImageFormat.GIF, gif);
  }

  @Test
  void decode_pngWithWrongChecksum_isCorrupt() {
    byte[] file = write("png", waves(64, 64));
    file[file.length / 2] ^= 1;
    assertCorrupt(ImageFormat.PNG, file);
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void decode_bmpWithAnotherImageInside_isCorrupt(int compression) {
    byte[] file = write("bmp", waves(16, 16));
    file[30] = (byte) compression;
    assertCorrupt(ImageFormat.BMP, file);
  }

  @Test
  void decode_bmpWithHugePalette_isCorrupt() {
    byte[] file = write("bmp", waves(16, 16));
    ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(46, Integer.MAX_VALUE);
    assertCorrupt(ImageFormat.BMP, file);
  }

  @Test
  void decode_kindsOfJpegThatHardlyAnybodyReads_areRefusedNotCalledCorrupt() {
    byte[] file = jpeg(waves(32, 32), false);
    int frame = marker(file, 0xc0);
    for (int kind : new int[] {0xc3, 0xc5, 0xc9, 0xcf}) {
      byte[] other = file.clone();
      other[frame + 1] = (byte) kind;
      assertRefused(ImageFormat.JPEG, other, "CLASSIFIER_REFUSED");
    }
    byte[] twelve = file.clone();
    twelve[frame + 4] = 12;
    assertRefused(ImageFormat.JPEG, twelve, "CLASSIFIER_REFUSED");
  }

  private static int marker(byte[] jpeg, int marker) {
    for (int at = 2; ; at += 2 + ((jpeg[at + 2] & 0xff) << 8 | (jpeg[at + 3] & 0xff))) {
      if ((jpeg[at + 1] & 0xff) == marker) {
        return at;
      }
    }
  }

  @Test
  void decode_morePixelsThanDescribed_isCorruptBeforeDecoding() {
    files()
        .forEach(
            (name, file) -> {
              PermanentFailure failure =
                  catchThrowableOfType(
                      PermanentFailure.class,
                      () ->
                          TestImages.decoder()
                              .decode(file.clone(), describe(format(name), file, 10, 10), SMALL));
              assertThat(failure.code()).as(name).isEqualTo("CORRUPT_IMAGE");
              assertThat(failure).hasRootCauseMessage("more pixels than its header said");
            });
  }

  @Test
  void decode_gifFrameLargerThanDescribed_isCorrupt() {
    byte[] gif = write("gif", waves(16, 16));
    int descriptor = PictureDecoderTest.descriptor(gif);
    Arrays.fill(gif, descriptor + 5, descriptor + 9, (byte) 0xff);
    assertCorrupt(ImageFormat.GIF, gif);
  }

  @Test
  void decode_jpegOfManyScans_isTooComplex() {
    byte[] file = jpeg(waves(32, 32), true);
    int scan = file.length - 2;
    byte[] header = {(byte) 0xff, (byte) 0xda, 0, 8, 1, 1, 0, 0, 63, 0};
    byte[] scans = new byte[header.length * 200];
    for (int i = 0; i < 200; i++) {
      System.arraycopy(header, 0, scans, i * header.length, header.length);
    }
    assertRefused(ImageFormat.JPEG, insert(file, scan, scans), "IMAGE_TOO_COMPLEX");
  }

  @Test
  void decode_needOverTheBudget_isTooComplexAtOnce() {
    PictureDecoder small =
        new PictureDecoder(new DecodeBudget(8 << 20, Duration.ZERO), Duration.ofMinutes(1));
    byte[] file = jpeg(waves(2000, 1500), true);
    PermanentFailure failure =
        catchThrowableOfType(
            PermanentFailure.class,
            () -> small.decode(file, describe(ImageFormat.JPEG, file, 2000, 1500), SMALL));
    assertThat(failure.code()).isEqualTo("IMAGE_TOO_COMPLEX");
    assertThat(failure.retryable()).isTrue();
    byte[] baseline = jpeg(waves(2000, 1500), false);
    assertThat(
            small
                .decode(baseline, describe(ImageFormat.JPEG, baseline, 2000, 1500), SMALL)
                .get(0)
                .width())
        .isEqualTo(30);
  }

  @Test
  void decode_processorTimeUsedUp_isTooComplex() {
    files()
        .forEach(
            (name, file) -> {
              AtomicLong nanos = new AtomicLong();
              // Every look at the clock finds a minute gone.
              PictureDecoder slow =
                  new PictureDecoder(
                      new DecodeBudget(1L << 30, Duration.ZERO),
                      Duration.ofSeconds(30),
                      () -> nanos.addAndGet(Duration.ofMinutes(1).toNanos()));
              byte[] large = enlarged(name, file);
              PermanentFailure failure =
                  catchThrowableOfType(
                      PermanentFailure.class,
                      () -> slow.decode(large, describe(format(name), large, 9999, 999), SMALL));
              if (failure == null) {
                // Only what never comes to a second look may pass.
                assertThat(large.length).as(name).isLessThan(1 << 16);
              } else {
                assertThat(failure.code()).as(name).isEqualTo("IMAGE_TOO_COMPLEX");
              }
            });
  }

  private static byte[] enlarged(String name, byte[] file) {
    BufferedImage image = waves(900, 700);
    return switch (name) {
      case "baseline.JPEG" -> jpeg(image, false);
      case "progressive.JPEG" -> jpeg(image, true);
      case "plain.PNG" -> write("png", image);
      case "plain.GIF" -> write("gif", image);
      case "plain.BMP" -> write("bmp", image);
      default -> file.clone();
    };
  }

  @Test
  void decode_pngOfManyTextChunks_costsNothing() {
    byte[] bomb = deflate(new byte[20_000_000]);
    byte[] text = chunk("zTXt", join(new byte[] {'a', 0, 0}, bomb));
    byte[] file = write("png", quarters(16, 16, BufferedImage.TYPE_INT_RGB));
    for (int i = 0; i < 50; i++) {
      file = insert(file, 33, text);
    }
    assertThat(isAbout(decode(ImageFormat.PNG, file, 16, 16), 1, 1, TestImages.RED, 0)).isTrue();
  }

  @Test
  void decode_pngOfOneHugeRow_needsWhatItSays() {
    byte[] header = header(Integer.MAX_VALUE, 1, 16, 6, false);
    byte[] file =
        join(
            PNG_SIGNATURE, header, chunk("IDAT", deflate(new byte[9])), chunk("IEND", new byte[0]));
    PictureDecoder decoder =
        new PictureDecoder(new DecodeBudget(1L << 30, Duration.ZERO), Duration.ofMinutes(1));
    PermanentFailure failure =
        catchThrowableOfType(
            PermanentFailure.class,
            () ->
                decoder.decode(file, describe(ImageFormat.PNG, file, Integer.MAX_VALUE, 1), SMALL));
    assertThat(failure.code()).isEqualTo("IMAGE_TOO_COMPLEX");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 65535, first entry count",
    "4, 255, offset beyond the block",
    "10, 255, unknown tags",
    "2, 0, no magic",
  })
  void decode_exifWithSenselessNumbers_isIgnored(int at, int value, String what) {
    byte[] tiff = tiff(6, ByteOrder.BIG_ENDIAN);
    Arrays.fill(tiff, at, at + 2, (byte) value);
    byte[] file = withExif(jpeg(quarters(64, 32, BufferedImage.TYPE_INT_RGB), false), tiff);
    assertThat(decode(ImageFormat.JPEG, file, 64, 32).width()).as(what).isEqualTo(64);
  }

  @Test
  void decode_exifOfEveryLengthAndByte_isNeverAFailure() {
    byte[] plain = jpeg(quarters(16, 16, BufferedImage.TYPE_INT_RGB), false);
    Random random = new Random(3);
    for (int i = 0; i < 300; i++) {
      byte[] tiff = Arrays.copyOf(tiff(6, ByteOrder.LITTLE_ENDIAN), random.nextInt(40));
      for (int j = 0; j < 3 && tiff.length > 0; j++) {
        tiff[random.nextInt(tiff.length)] = (byte) random.nextInt();
      }
      assertThat(decode(ImageFormat.JPEG, withExif(plain, tiff), 16, 16).width()).isEqualTo(16);
    }
  }

  @Test
  void decode_exifPointingAtItself_isIgnored() {
    // A directory that links to itself, and a count of entries that overflows.
    byte[] tiff = tiff(6, ByteOrder.BIG_ENDIAN);
    ByteBuffer.wrap(tiff).putInt(tiff.length - 4, 8).putShort(8, (short) 0xffff);
    byte[] file = withExif(jpeg(quarters(64, 32, BufferedImage.TYPE_INT_RGB), false), tiff);
    assertThat(decode(ImageFormat.JPEG, file, 32, 64).width()).isEqualTo(32);
  }

  @Test
  void decode_losslessWebpWithATransformTwice_isCorrupt() {
    // Signature and size of 1 × 1, then "subtract green" again and again.
    byte[] bits = new byte[2000];
    for (int i = 0; i < bits.length * 8 / 3; i++) {
      set(bits, i * 3);
      set(bits, i * 3 + 2);
    }
    assertCorrupt(ImageFormat.WEBP, lossless(new byte[] {0, 0, 0, 0}, bits));
  }

  @Test
  void decode_losslessWebpOfCodeTablesOnly_isRefused() {
    byte[] noise = new byte[60_000];
    new Random(5).nextBytes(noise);
    // No transform, no cache, a choice of codes in blocks of 4 pixels.
    noise[0] = (byte) ((noise[0] & 0xe0) | 0x04);
    PermanentFailure failure =
        catchThrowableOfType(
            PermanentFailure.class,
            () ->
                decode(
                    ImageFormat.WEBP, lossless(new byte[] {(byte) 0xff, 63, 0, 0}, noise), SMALL));
    assertThat(failure).isNotNull();
  }

  @ParameterizedTest
  @ValueSource(ints = {0x02, 0x20, 0x80})
  void decode_webpTransparencyOfNoKnownKind_isCorrupt(int flag) {
    byte[] file = resource("transparent_lossy.webp");
    int alpha = new String(file, StandardCharsets.ISO_8859_1).indexOf("ALPH");
    file[alpha + 8] |= (byte) flag;
    assertCorrupt(ImageFormat.WEBP, file);
  }

  @Test
  void decode_webpTransparencyTooShort_isCorrupt() {
    byte[] file = resource("transparent_lossy.webp");
    int alpha = new String(file, StandardCharsets.ISO_8859_1).indexOf("ALPH");
    file[alpha + 8] &= (byte) 0xfc;
    assertCorrupt(ImageFormat.WEBP, file);
  }

  @Test
  void decode_losslessWebpOverTheBudget_isTooComplexAtOnce() {
    byte[] file = lossless(new byte[] {(byte) 0xff, (byte) 0xff, (byte) 0xff, 0x0f}, new byte[54]);
    PermanentFailure failure =
        catchThrowableOfType(
            PermanentFailure.class,
            () ->
                TestImages.decoder()
                    .decode(file, describe(ImageFormat.WEBP, file, 16384, 16384), SMALL));
    assertThat(failure.code()).isEqualTo("IMAGE_TOO_COMPLEX");
  }

  private static void set(byte[] bits, int at) {
    bits[at >> 3] |= (byte) (1 << (at & 7));
  }

  private static byte[] lossless(byte[] size, byte[] bits) {
    ByteBuffer file =
        ByteBuffer.allocate(25 + bits.length + (bits.length + 1) % 2)
            .order(ByteOrder.LITTLE_ENDIAN);
    file.put("RIFF".getBytes(StandardCharsets.ISO_8859_1));
    file.putInt(file.capacity() - 8);
    file.put("WEBPVP8L".getBytes(StandardCharsets.ISO_8859_1));
    file.putInt(bits.length + 5).put((byte) 0x2f).put(size).put(bits);
    return file.array();
  }

  @Test
  void decode_mutatedFiles_succeedOrFailForGood() {
    Random random = new Random(20261121);
    Map<String, byte[]> files = new TreeMap<>(files());
    files.put("small.BMP", resource("runs.bmp"));
    files.put("grey.JPEG", jpeg(new BufferedImage(20, 20, BufferedImage.TYPE_BYTE_GRAY), false));
    files.put("inks.JPEG", TestImages.adobe(2, 76, 85, 255, 255));
    files.put("palette.PNG", resource("palette4.png"));
    int refused = 0;
    int whole = 0;
    for (int round = 0; round < 200; round++) {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        byte[] bytes = mutated(file.getValue(), random);
        try {
          Picture picture = decode(format(file.getKey()), bytes, SMALL);
          assertThat(picture.width()).isEqualTo(30);
          whole++;
        } catch (PermanentFailure e) {
          assertThat(e.code()).isIn("CORRUPT_IMAGE", "IMAGE_TOO_COMPLEX", "CLASSIFIER_REFUSED");
          refused++;
        }
      }
    }
    assertThat(refused + whole).isGreaterThanOrEqualTo(2000);
    assertThat(refused).isPositive();
    assertThat(whole).isPositive();
  }

  @Test
  void decode_mutatedWebp_neverHarmsTheProcess() {
    // Many more than of the others: this decoder is native code.
    Random random = new Random(20261122);
    Map<String, byte[]> files = new TreeMap<>();
    for (String name :
        new String[] {
          "lossy",
          "lossy_fast",
          "lossy_large",
          "lossless",
          "lossless_fast",
          "palette2",
          "palette4",
          "palette16",
          "palette200",
          "transparent_lossy",
          "transparent_lossless",
          "animated",
          "turned"
        }) {
      files.put(name, resource(name + ".webp"));
    }
    int refused = 0;
    int whole = 0;
    for (int round = 0; round < 400; round++) {
      Framing framing = Framing.centreCropped(1 + random.nextInt(60), 1 + random.nextInt(60));
      for (byte[] file : files.values()) {
        byte[] bytes = mutated(file, random);
        if (random.nextBoolean()) {
          // Past the reader of the container, whatever was changed.
          System.arraycopy(file, 0, bytes, 0, Math.min(20, bytes.length));
        }
        try {
          Picture picture = decode(ImageFormat.WEBP, bytes, framing);
          assertThat(picture.width()).isEqualTo(framing.width());
          whole++;
        } catch (PermanentFailure e) {
          assertThat(e.code()).isIn("CORRUPT_IMAGE", "IMAGE_TOO_COMPLEX", "CLASSIFIER_REFUSED");
          refused++;
        }
      }
    }
    assertThat(refused).isGreaterThan(1000);
    assertThat(whole).isGreaterThan(500);
  }

  private static byte[] mutated(byte[] file, Random random) {
    byte[] bytes = file.clone();
    int kind = random.nextInt(4);
    if (kind == 3) {
      return Arrays.copyOf(bytes, random.nextInt(bytes.length));
    }
    // Half of the changes hit the first bytes, where the lengths are.
    int changes = 1 + random.nextInt(8);
    for (int i = 0; i < changes; i++) {
      int range = random.nextBoolean() ? Math.min(64, bytes.length) : bytes.length;
      int at = random.nextInt(range);
      bytes[at] =
          switch (kind) {
            case 0 -> (byte) random.nextInt();
            case 1 -> (byte) (bytes[at] ^ 1 << random.nextInt(8));
            default -> (byte) (random.nextBoolean() ? 0xff : 0);
          };
    }
    return bytes;
  }

  @Test
  void decode_budgetTaken_waitsUntilThereIsRoomOrGivesUp() throws Exception {
    DecodeBudget budget = new DecodeBudget(64 << 20, Duration.ZERO);
    PictureDecoder decoder = new PictureDecoder(budget, Duration.ofMinutes(1));
    byte[] file = jpeg(waves(64, 64), false);
    CountDownLatch held = new CountDownLatch(1);
    CountDownLatch giveBack = new CountDownLatch(1);
    ExecutorService pool = Executors.newSingleThreadExecutor();
    try {
      Future<?> holder =
          pool.submit(
              () ->
                  budget.holding(
                      64 << 20,
                      () -> {
                        held.countDown();
                        try {
                          giveBack.await();
                        } catch (InterruptedException e) {
                          throw new AssertionError(e);
                        }
                        return "held";
                      }));
      held.await();
      assertThatThrownBy(
              () -> decoder.decode(file.clone(), describe(ImageFormat.JPEG, file, 64, 64), SMALL))
          // The attempt is not counted: others hold the memory.
          .isInstanceOf(Deferred.class);
      giveBack.countDown();
      holder.get();
      assertThat(
              decoder
                  .decode(file.clone(), describe(ImageFormat.JPEG, file, 64, 64), SMALL)
                  .get(0)
                  .width())
          .isEqualTo(30);
    } finally {
      giveBack.countDown();
      pool.shutdownNow();
    }
  }
}
