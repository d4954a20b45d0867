package dev.whatsit.deployment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * What a container holds of a function: its jar, the invoker, the start script, and an AOT cache
 * once it was trained.
 *
 * @param folder where they are
 */
public record FunctionContainer(Path folder) {
  /**
   * Copies a function's jar and what starts them.
   *
   * @param invoker the jar of the Functions Framework's invoker
   * @param scripts the project's folder {@code deployment/container}
   * @param folder made where it is missing
   * @throws IOException if something is missing or cannot be written
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

  /** What {@code AOT} must be in the environment of a start that makes the cache when it ends. */
  public List<String> training() {
    // The heap's part of a cache is written by this collector alone, and read by all but ZGC.
    return List.of("-XX:+UseG1GC", "-XX:AOTCacheOutput=function.aot");
  }
}
