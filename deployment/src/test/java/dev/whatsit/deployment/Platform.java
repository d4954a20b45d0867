package dev.whatsit.deployment;

import java.nio.file.Path;
import java.util.List;

/**
 * The platform under a deployed function.
 *
 * @param invoker the version of the Functions Framework's invoker
 * @param javaHome the folder of the JDK
 */
record Platform(String invoker, Path javaHome) {
  /** The newest invoker, which the deployment selects, on the JDK that runs the tests. */
  static Platform standard() {
    return new Platform(
        System.getProperty("invoker.version", ""), Path.of(System.getProperty("java.home")));
  }

  /**
   * The standard platform. With the profile {@code full} also the invoker that the platform's
   * buildpack installs by default, and each invoker on the other tested JDK.
   *
   * @throws IllegalStateException with the profile, when the other JDK is not named
   */
  static List<Platform> all() {
    Platform standard = standard();
    String older = System.getProperty("invoker.older", "");
    if (older.isEmpty()) {
      return List.of(standard);
    }
    String variable = Runtime.version().feature() == 17 ? "JAVA_HOME_25" : "JAVA_HOME_17";
    String other = System.getenv(variable);
    if (other == null) {
      throw new IllegalStateException(
          variable + " is not set: the profile full also tests on that JDK");
    }
    return List.of(
        standard,
        new Platform(older, standard.javaHome()),
        new Platform(standard.invoker(), Path.of(other)),
        new Platform(older, Path.of(other)));
  }

  /** The JVM of functions on this platform, with these flags. */
  FunctionProcess.Machine machine(String... flags) {
    // The invoker's jar, which the build put there.
    return new FunctionProcess.Machine(
        javaHome,
        List.of(flags),
        Path.of("target", "invoker", "java-function-invoker-" + invoker + ".jar"));
  }

  @Override
  public String toString() {
    return "invoker " + invoker + ", " + javaHome;
  }
}
