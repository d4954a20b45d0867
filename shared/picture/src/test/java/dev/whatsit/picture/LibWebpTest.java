package dev.whatsit.picture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.domain.failure.PermanentFailure;
import dev.whatsit.domain.image.ImageFormat;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** The native library in a process: loaded more than once, or not to be had at all. */
class LibWebpTest {

  /** What each class loader runs: {@code "width"} of a picture, or {@code "code"} of a failure. */
  public static final class Probe implements Supplier<String> {
    /** For the other class loader. */
    public Probe() {}

    @Override
    public String get() {
      try {
        byte[] webp = TestImages.resource("lossy.webp");
        return "" + TestImages.decode(ImageFormat.WEBP, webp, 90, 60).width();
      } catch (PermanentFailure e) {
        byte[] png = TestImages.resource("picture.png");
        int width = TestImages.decode(ImageFormat.PNG, png, 90, 60).width();
        return e.code() + " " + e.retryable() + ", but " + width;
      }
    }
  }

  @Test
  void decode_inSeveralClassLoaders_works() throws Exception {
    assertThat(new Probe().get()).isEqualTo("90");
    assertThat(elsewhere()).isEqualTo("90");
    assertThat(elsewhere()).isEqualTo("90");
  }

  @Test
  void decode_platformWithoutLibrary_refusesWebpAndNothingElse() throws Exception {
    String platform = System.getProperty("os.arch");
    System.setProperty("os.arch", "s390x");
    try {
      assertThat(elsewhere()).isEqualTo("CLASSIFIER_REFUSED true, but 90");
    } finally {
      System.setProperty("os.arch", platform);
    }
  }

  /** Runs the probe in a class loader that shares nothing with this one but the JDK. */
  private static String elsewhere() throws IOException, ReflectiveOperationException {
    URL[] path =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .map(LibWebpTest::url)
            .toArray(URL[]::new);
    try (URLClassLoader other = new URLClassLoader(path, ClassLoader.getPlatformClassLoader())) {
      Class<?> probe = other.loadClass(Probe.class.getName());
      Method get = probe.getMethod("get");
      return (String) get.invoke(probe.getConstructor().newInstance());
    }
  }

  private static URL url(String entry) {
    try {
      return Path.of(entry).toUri().toURL();
    } catch (MalformedURLException e) {
      throw new IllegalStateException(e);
    }
  }
}
