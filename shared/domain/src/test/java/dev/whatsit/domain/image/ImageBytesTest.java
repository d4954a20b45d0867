package dev.whatsit.domain.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageBytesTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 7, 8, 9, 100})
  void everyView_anySegmentLength_hasTheSameBytes(int size) throws IOException {
    byte[] expected = new byte[size];
    new Random(size).nextBytes(expected);
    for (int segment = 1; segment <= size + 1; segment++) {
      ImageBytes bytes =
          size == 0 ? ImageBytes.of(expected) : ImageValidatorTest.segmented(expected, segment);

      assertThat(bytes.size()).isEqualTo(size);
      assertThat(singly(bytes)).isEqualTo(expected);
      assertThat(gathered(bytes.buffers())).isEqualTo(expected);
      assertThat(bytes.stream().readAllBytes()).isEqualTo(expected);
      assertThat(bytes.toArray()).isEqualTo(expected);
      byte[] range = new byte[size];
      assertThat(bytes.read(0, range, 0, size)).isEqualTo(size);
      assertThat(range).isEqualTo(expected);
    }
  }

  @Test
  void toArray_oneArrayOfThatSize_isThatArray() {
    byte[] one = {1, 2, 3};

    assertThat(ImageBytes.of(one).toArray()).isSameAs(one);
    assertThat(ImageBytes.ofSegments(List.of(one), 3).toArray()).isSameAs(one);
    assertThat(ImageBytes.ofSegments(List.of(one), 2).toArray()).containsExactly(1, 2);
  }

  @Test
  void ofSegments_none_isEmpty() {
    assertThat(ImageBytes.ofSegments(List.of(), 0).size()).isZero();
  }

  @Test
  void of_emptyArray_isEmptyInEveryView() throws IOException {
    ImageBytes bytes = ImageBytes.of(new byte[0]);

    assertThat(bytes.size()).isZero();
    assertThat(bytes.stream().read()).isEqualTo(-1);
    assertThat(gathered(bytes.buffers())).isEmpty();
    assertThat(bytes.read(0, new byte[1], 0, 1)).isZero();
  }

  @ParameterizedTest
  @CsvSource({"0,1", "2,8", "2,4", "2,0", "2,-1", "1,5", "1,0"})
  void ofSegments_sizeThatDoesNotEndInTheLast_refused(int segments, int size) {
    List<byte[]> arrays = new ArrayList<>();
    for (int i = 0; i < segments; i++) {
      arrays.add(new byte[size == 8 ? 3 : 4]);
    }

    assertThatThrownBy(() -> ImageBytes.ofSegments(arrays, size))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void ofSegments_differentOrNoLength_refused() {
    assertThatThrownBy(() -> ImageBytes.ofSegments(List.of(new byte[4], new byte[3]), 6))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> ImageBytes.ofSegments(List.of(new byte[0]), 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void at_byteAbove127_isUnsigned() {
    assertThat(ImageBytes.of(new byte[] {(byte) 0xfe}).at(0)).isEqualTo(0xfe);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 5, 6, Integer.MAX_VALUE})
  void at_pastTheSizeThoughInTheSegment_refused(int index) {
    ImageBytes bytes = ImageBytes.ofSegments(List.of(new byte[4], new byte[4]), 5);

    assertThatThrownBy(() -> bytes.at(index)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @ParameterizedTest
  @CsvSource({"0,5", "3,2", "4,1", "5,0", "100,0", "2147483647,0"})
  void read_towardsTheEnd_copiesWhatThereIs(int index, int expected) {
    ImageBytes bytes =
        ImageBytes.ofSegments(List.of(new byte[] {1, 2, 3}, new byte[] {4, 5, 99}), 5);
    byte[] target = new byte[8];

    assertThat(bytes.read(index, target, 1, 7)).isEqualTo(expected);
    assertThat(Arrays.copyOfRange(target, 1 + expected, 8)).containsOnly(0);
  }

  @ParameterizedTest
  @CsvSource({"-1,0,1", "0,-1,1", "0,0,5", "0,4,1", "0,0,-1"})
  void read_outOfTheTargetOrNegative_refused(int index, int offset, int length) {
    ImageBytes bytes = ImageBytes.of(new byte[9]);

    assertThatThrownBy(() -> bytes.read(index, new byte[4], offset, length))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void buffers_cannotBeWrittenTo() {
    ImageBytes bytes = ImageBytes.of(new byte[] {1});

    assertThat(bytes.buffers()).allMatch(ByteBuffer::isReadOnly);
  }

  @Test
  void stream_readTwice_startsAnewEachTime() throws IOException {
    ImageBytes bytes = ImageBytes.of(new byte[] {1, 2, 3});

    assertThat(bytes.stream().readAllBytes()).containsExactly(1, 2, 3);
    assertThat(bytes.stream().readAllBytes()).containsExactly(1, 2, 3);
  }

  @Test
  void stream_inParts_countsDownAndEnds() throws IOException {
    InputStream stream = ImageBytes.of(new byte[] {1, 2, 3}).stream();

    assertThat(stream.available()).isEqualTo(3);
    assertThat(stream.read(new byte[0])).isZero();
    assertThat(stream.skip(2)).isEqualTo(2);
    assertThat(stream.read()).isEqualTo(3);
    assertThat(stream.available()).isZero();
    assertThat(stream.read(new byte[2])).isEqualTo(-1);
  }

  @Test
  void toString_neverShowsTheBytes() {
    assertThat(ImageBytes.of(new byte[] {42})).hasToString("ImageBytes[1 bytes]");
  }

  private static byte[] singly(ImageBytes bytes) {
    byte[] all = new byte[bytes.size()];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) bytes.at(i);
    }
    return all;
  }

  private static byte[] gathered(List<ByteBuffer> buffers) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (ByteBuffer buffer : buffers) {
      byte[] part = new byte[buffer.remaining()];
      buffer.get(part);
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
