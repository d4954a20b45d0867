package dev.whatsit.domain.image;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

class ImageValidatorFuzzTest {
  static Stream<byte[]> samples() {
    return Samples.all().stream();
  }

  @MethodSource("samples")
  @FuzzTest(maxDuration = "1m")
  void inspect_anyBytes_answersSafely(byte[] bytes) {
    if (bytes.length > 0) {
      ImageValidatorPropertyTest.assertSafe(bytes, bytes[0] & 1, 1 + (bytes.length & 63));
    }
  }
}
