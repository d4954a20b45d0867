package dev.whatsit.deployment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * The content of a function's container: its jar, the invoker, the start script, and an AOT cache
 * after training.
 *
 * @param folder where they are
 */
public record FunctionContainer(Path folder) {
  /**
   * Copies a function's jar, the invoker and the start scripts.
   *
   * @param invoker the jar of the Functions Framework's invoker
   * @param scripts the project's folder {@code deployment/container}
   * @param folder created if missing
   * @throws IOException if a file is missing or cannot be written
   */
  public static FunctionContainer assemble(
      DeployedFunction function, Path invoker, Path scripts, Path folder) throws IOException {
    FunctionContainer container = new FunctionContainer(folder);
    Files.createDirectories(folder);
    Files.copy(function.jar(), folder.resolve("function.jar"), StandardCopyOption.REPLACE_EXISTING);
    Files.copy(invoker, folder.resolve("invoker.jar"), StandardCopyOption.REPLACE_EXISTING);
    Files.copy(
        scripts.resolve("start.sh"),
        container.startScript(),
        StandardCopyOption.REPLACE_EXISTING,
        StandardCopyOption.COPY_ATTRIBUTES);
    return container;
  }

  Path startScript() {
    return folder.resolve("start.sh");
  }

  /** The AOT cache. */
  public Path cache() {
    return folder.resolve("function.aot");
  }

  /**
   * The value of the environment variable {@code AOT} for a training run, which writes the cache
   * when it ends.
   */
  public List<String> training() {
    // Only this collector writes the heap part of a cache; all except ZGC can read it.
    return List.of("-XX:+UseG1GC", "-XX:AOTCacheOutput=function.aot");
  }
}
