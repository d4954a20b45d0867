package dev.whatsit.local;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TemporaryLibrariesTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "sqlite-3.51.1.0-99a68425-libsqlitejdbc.so",
        "webp-imageio-0.10.2-1b2c-libwebp-imageio.so",
        "onnxruntime-java123/libonnxruntime.so",
        "onnxruntime-java123/libonnxruntime4j_jni.so"
      })
  void isUnpacked_whatALibraryUnpacks_is(String file) {
    assertThat(TemporaryLibraries.isUnpacked(file)).isTrue();
  }

  /** Regression: a JDK or a database below the temporary folder lost mapped files. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdk/lib/server/libjvm.so",
        "jdk/lib/libnio.so",
        "my.source/data/whatsit.db-shm",
        "other/sqlite-3.51.1.0-99a68425-libsqlitejdbc.so",
        "libother.so"
      })
  void isUnpacked_anythingElse_isNot(String file) {
    assertThat(TemporaryLibraries.isUnpacked(file)).isFalse();
  }
}
