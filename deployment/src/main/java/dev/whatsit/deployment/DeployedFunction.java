package dev.whatsit.deployment;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A function as {@code mvn package} builds it.
 *
 * @param name the name of its folder below {@code functions}
 * @param folder that folder
 */
public record DeployedFunction(String name, Path folder) {
  /**
   * Every function of the project, by name.
   *
   * @param functions the project's folder {@code functions}
   * @throws UncheckedIOException if it cannot be read
   */
  public static Stream<DeployedFunction> allIn(Path functions) {
    try (Stream<Path> folders = Files.list(functions)) {
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

  /**
   * The function with this name.
   *
   * @param functions the project's folder {@code functions}
   * @throws java.util.NoSuchElementException if there is none
   */
  public static DeployedFunction of(Path functions, String name) {
    return allIn(functions)
        .filter(function -> function.name().equals(name))
        .findAny()
        .orElseThrow();
  }

  /** The directory that is deployed. */
  public Path directory() {
    return folder.resolve("target/deployment");
  }

  /** The zip of that directory. */
  public Path zip() {
    return folder.resolve("target/whatsit-" + name + ".zip");
  }

  /**
   * The one jar in {@link #directory}, with the classes of all libraries.
   *
   * @throws IOException if there is none, or more than one
   */
  public Path jar() throws IOException {
    try (Stream<Path> files = Files.list(directory())) {
      List<Path> jars = files.filter(file -> file.toString().endsWith(".jar")).toList();
      if (jars.size() != 1) {
        throw new IOException("there must be one jar in " + directory() + ": " + jars);
      }
      return jars.get(0);
    }
  }

  /**
   * The libraries that were merged into the jar.
   *
   * @throws IOException if their list cannot be read
   */
  public List<Path> libraries() throws IOException {
    String paths = Files.readString(folder.resolve("target/deployed-class-path"));
    return Stream.of(paths.strip().split(File.pathSeparator)).map(Path::of).toList();
  }

  @Override
  public String toString() {
    return name;
  }
}
