package dev.whatsit.deployment;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.stream.Stream;

/**
 * A function as {@code mvn package} leaves it.
 *
 * @param name of its folder below {@code functions}
 * @param folder that folder
 */
record DeployedFunction(String name, Path folder) {
  private static final Path FUNCTIONS = Path.of("..", "functions");

  /** Every function of the project. */
  static Stream<DeployedFunction> all() {
    try (Stream<Path> folders = Files.list(FUNCTIONS)) {
      return folders
          .filter(folder -> Files.exists(folder.resolve("pom.xml")))
          .sorted()
          .map(folder -> new DeployedFunction(folder.getFileName().toString(), folder))
          .toList()
          .stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The one of this name. */
  static DeployedFunction of(String name) {
    return all().filter(function -> function.name().equals(name)).findAny().orElseThrow();
  }

  Path directory() {
    return folder.resolve("target/deployment");
  }

  Path zip() {
    return folder.resolve("target/whatsit-" + name + ".zip");
  }

  /** The function's own jar. */
  Path jar() throws IOException {
    List<Path> jars = jarsIn(directory());
    if (jars.size() != 1) {
      throw new IOException("there must be one jar in " + directory() + ": " + jars);
    }
    return jars.get(0);
  }

  List<Path> libraries() throws IOException {
    return jarsIn(directory().resolve("lib"));
  }

  /** All of its jars. */
  List<Path> jars() throws IOException {
    List<Path> jars = new ArrayList<>(libraries());
    jars.add(jar());
    return jars;
  }

  /** What the manifest names, relative to the jar. */
  List<String> classPath() throws IOException {
    try (JarFile file = new JarFile(jar().toFile())) {
      String value = file.getManifest().getMainAttributes().getValue(Attributes.Name.CLASS_PATH);
      return value == null ? List.of() : List.of(value.split(" "));
    }
  }

  private static List<Path> jarsIn(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
