package dev.whatsit.deployment;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/**
 * The platform under a deployed function.
 *
 * @param invoker the version of the Functions Framework's invoker
 * @param javaHome the folder of the JDK
 * @param java that JDK's version, for example 17
 */
record Platform(String invoker, Path javaHome, int java) {
  private static final List<Integer> TESTED = List.of(17, 25);

  /** The newest invoker, which the deployment selects, on the JDK that runs the tests. */
  static Platform standard() {
    return new Platform(
        System.getProperty("invoker.version", ""),
        Path.of(System.getProperty("java.home")),
        Runtime.version().feature());
  }

  /**
   * The standard platform. With the profile {@code full} also the invoker that the platform's
   * buildpack installs by default, and each invoker on the other tested JDK, which {@code
   * JAVA_HOME_17} or {@code JAVA_HOME_25} names.
   *
   * @throws IllegalStateException with the profile, when the other JDK is not named
   */
  static List<Platform> all() {
    return all(
        standard(), System.getProperty("invoker.older", ""), new LinkedHashMap<>(System.getenv()));
  }

  /** {@code olderInvoker} is empty without the profile. */
  static List<Platform> all(
      Platform standard, String olderInvoker, Map<String, String> environment) {
    if (olderInvoker.isEmpty()) {
      return List.of(standard);
    }
    List<Platform> jdks = new ArrayList<>(List.of(standard));
    for (int version : TESTED) {
      if (version != standard.java()) {
        jdks.add(new Platform(standard.invoker(), home(version, environment), version));
      }
    }
    List<Platform> all = new ArrayList<>();
    for (Platform jdk : jdks) {
      all.add(jdk);
      all.add(new Platform(olderInvoker, jdk.javaHome(), jdk.java()));
    }
    return all;
  }

  private static Path home(int version, Map<String, String> environment) {
    String variable = "JAVA_HOME_" + version;
    String value = environment.getOrDefault(variable, "");
    if (value.isBlank()) {
      throw new IllegalStateException(
          variable
              + " is not set: the profile full also tests on JDK "
              + version
              + "; set it to the folder of one");
    }
    Path home = Path.of(value);
    // Each JDK has its version in this file (JEP 223).
    Properties release = new Properties();
    try (InputStream in = Files.newInputStream(home.resolve("release"))) {
      release.load(in);
    } catch (IOException e) {
      throw new IllegalStateException(variable + " is " + value + ", which is no JDK", e);
    }
    String found = release.getProperty("JAVA_VERSION", "").replace("\"", "");
    if (!found.equals(String.valueOf(version)) && !found.startsWith(version + ".")) {
      throw new IllegalStateException(
          variable + " is " + value + ", which is a JDK " + found + ", not " + version);
    }
    return home;
  }

  /**
   * The JVM of functions on this platform.
   *
   * @param flags of their JVMs
   */
  FunctionProcess.Machine machine(List<String> flags) {
    // The invoker's jar, which the build put there.
    return new FunctionProcess.Machine(
        javaHome, flags, Path.of("target", "invoker", "java-function-invoker-" + invoker + ".jar"));
  }

  @Override
  public String toString() {
    return "invoker " + invoker + ", JDK " + java;
  }
}
