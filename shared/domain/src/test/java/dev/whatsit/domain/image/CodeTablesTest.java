package dev.whatsit.domain.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CodeTablesTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 255, 256, WebpStructure.MAX_CODE_GROUPS - 1})
  void read_usualGroups_accepted(int lastGroup) throws IOException {
    assertThat(read(lossless(withGroup(lastGroup))).lossless()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {WebpStructure.MAX_CODE_GROUPS, 65_535})
  void read_moreGroupsThanEncodersMake_isTooMuchWork(int lastGroup) {
    assertThatThrownBy(() -> read(lossless(withGroup(lastGroup))))
        .isInstanceOf(TooMuchWork.class)
        .hasMessageContaining((lastGroup + 1) + " groups");
  }

  @Test
  void read_groupsInTheTransparencyOfALossyPicture_areCountedToo() {
    byte[] alpha = withGroup(65_535).bytes();
    byte[] coded = new byte[1 + alpha.length];
    coded[0] = 1;
    System.arraycopy(alpha, 0, coded, 1, alpha.length);
    byte[] flagged = Samples.vp8x(4, 4);
    flagged[8] |= 0x10;
    byte[] lossy = Samples.webpChunk("VP8 ", Samples.hex("100000 9d012a 0400 0400"));
    byte[] file = Samples.webp(flagged, Samples.webpChunk("ALPH", coded), lossy);

    assertThatThrownBy(() -> read(file)).isInstanceOf(TooMuchWork.class);
  }

  @Test
  void read_groupsBehindTransforms_areCountedToo() {
    Bits bits = new Bits();
    bits.add(1, 1).add(0, 2).add(0, 3); // Predictors, for tiles of 4 pixels.
    bits.add(0, 1).simple(7).simple(0).simple(0).simple(0).simple(0);
    bits.add(1, 1).add(2, 2); // Green subtracted.
    bits.add(1, 1).add(3, 2).add(1, 8); // Two colours, eight pixels in one.
    bits.add(0, 1).simple(0).simple(0).simple(0).simple(0).simple(0);

    assertThatThrownBy(() -> read(lossless(groups(bits, 65_535)))).isInstanceOf(TooMuchWork.class);
  }

  @Test
  void read_groupThroughTheCacheAndAReference_isCountedToo() {
    // Nine tiles of 4 pixels, the last with group 65,535: a colour, the cache, and a reference.
    Bits bits = new Bits();
    bits.add(0, 1).add(0, 1).add(1, 1).add(0, 3);
    bits.add(1, 1).add(1, 4); // A cache of two colours.
    // Green has three symbols: colour 255, a length of 7, and the cache's second colour.
    bits.add(0, 1).add(15, 4);
    // Code lengths of code lengths, in their order: 17, 18, 0, 1, 2.
    int[] lengths = {0, 2, 2, 2, 2};
    for (int i = 0; i < 19; i++) {
      bits.add(i < lengths.length ? lengths[i] : 0, 3);
    }
    bits.add(0, 1);
    // By symbol: 0 is 00, 1 is 01, 2 is 10, 18 is 11, the highest bit first.
    bits.repeatZero(138).repeatZero(117).code(0b01, 2); // 255 has length 1.
    bits.code(0b00, 2).code(0b00, 2).code(0b00, 2).code(0b00, 2).code(0b00, 2); // Up to 260.
    bits.code(0b10, 2); // 261, a length of 7 or 8: length 2.
    bits.repeatZero(19).code(0b10, 2); // 281, the cache's second colour: length 2.
    bits.simple(255).simple(0).simple(0).simple(1);
    bits.code(0, 1); // The colour, which the cache keeps second.
    bits.code(0b11, 2);
    bits.code(0b10, 2).add(0, 1); // Seven more like the one above or before.

    assertThatThrownBy(() -> read(lossless(bits, 12)))
        .isInstanceOf(TooMuchWork.class)
        .hasMessageContaining("65536 groups");
  }

  @Test
  void read_codeTablesThatAreCut_areBroken() {
    byte[] whole = lossless(withGroup(1));
    byte[] cut = lossless(new Bits().add(0, 1).add(0, 1).add(1, 1));

    assertThat(whole.length).isGreaterThan(cut.length);
    assertThatThrownBy(() -> read(cut)).isInstanceOf(IOException.class);
  }

  @Test
  void read_codeThatIsNotComplete_isBroken() {
    Bits bits = new Bits().add(0, 1).add(0, 1).add(1, 1).add(0, 3).add(0, 1);
    bits.add(0, 1).add(0, 4).add(0, 12); // No code length has a code.

    assertThatThrownBy(() -> read(lossless(bits))).hasMessageContaining("not complete");
  }

  private static WebpStructure read(byte[] file) throws IOException {
    return WebpStructure.read(ImageBytes.of(file));
  }

  /** One tile that refers to a group. */
  private static Bits withGroup(int group) {
    return groups(new Bits(), group);
  }

  private static Bits groups(Bits bits, int group) {
    bits.add(0, 1).add(0, 1).add(1, 1).add(0, 3);
    return bits.add(0, 1).simple(group & 255).simple(group >> 8).simple(0).simple(0).simple(0);
  }

  private static byte[] lossless(Bits bits) {
    return lossless(bits, 4);
  }

  private static byte[] lossless(Bits bits, int side) {
    byte[] data = bits.bytes();
    ByteBuffer body = ByteBuffer.allocate(5 + data.length).order(ByteOrder.LITTLE_ENDIAN);
    body.put((byte) 0x2f).putInt(side - 1 | side - 1 << 14).put(data);
    return Samples.webp(Samples.webpChunk("VP8L", body.array()));
  }

  /** Bits, the lowest first. */
  private static final class Bits {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private int buffer;
    private int count;

    Bits add(int value, int length) {
      buffer |= value << count;
      count += length;
      while (count >= 8) {
        bytes.write(buffer & 255);
        buffer >>>= 8;
        count -= 8;
      }
      return this;
    }

    /** A code's bits, the highest first. */
    Bits code(int value, int length) {
      for (int i = length - 1; i >= 0; i--) {
        add(value >> i & 1, 1);
      }
      return this;
    }

    /** Symbol 18 of the code above. */
    Bits repeatZero(int times) {
      return code(0b11, 2).add(times - 11, 7);
    }

    /** A code of one symbol. */
    Bits simple(int symbol) {
      return add(1, 1).add(0, 1).add(1, 1).add(symbol, 8);
    }

    byte[] bytes() {
      byte[] data = Arrays.copyOf(bytes.toByteArray(), bytes.size() + 1);
      data[data.length - 1] = (byte) buffer;
      return data;
    }
  }
}
