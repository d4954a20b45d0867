package dev.whatsit.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Deletes the native libraries that SQLite, ONNX Runtime and the WebP codec unpack into the
 * temporary folder, once they are loaded. Otherwise a process that is killed leaves its own copies
 * behind, 25 MB. On Linux a loaded library stays usable without its file (unlink(2)). Other systems
 * cannot tell which files this process has loaded; there nothing is deleted before the process
 * ends.
 */
final class TemporaryLibraries {
  private static final Path MAPPED = Path.of("/proc/self/maps");

  /** What the three libraries unpack, relative to the temporary folder; nothing else is deleted. */
  private static final Pattern UNPACKED =
      Pattern.compile(
          "(?:sqlite|webp-imageio)-[^/]+\\.so|onnxruntime-java[^/]*/libonnxruntime[^/]*\\.so");

  private TemporaryLibraries() {}

  /** Whether a file, named relative to the temporary folder, is one that a library unpacks. */
  static boolean isUnpacked(String file) {
    return UNPACKED.matcher(file).matches();
  }

  /**
   * Deletes the files of the libraries that are loaded now, and their folders if those are empty.
   */
  static void delete() {
    if (!Files.isReadable(MAPPED)) {
      return;
    }
    try {
      // The kernel shows real paths.
      Path temporary = Path.of(System.getProperty("java.io.tmpdir")).toRealPath();
      for (Path library : loadedFrom(temporary)) {
        Files.deleteIfExists(library);
        // The SQLite driver's lock file for this library.
        Files.deleteIfExists(library.resolveSibling(library.getFileName() + ".lck"));
        Path folder = library.getParent();
        if (folder != null && !folder.equals(temporary) && isEmpty(folder)) {
          Files.delete(folder);
        }
      }
    } catch (IOException | UncheckedIOException | InvalidPathException e) {
      // The process deletes them when it ends.
    }
  }

  /** Each line ends with the path of the mapped file, if there is one (proc(5)). */
  private static Set<Path> loadedFrom(Path folder) throws IOException {
    try (Stream<String> lines = Files.lines(MAPPED)) {
      return lines
          .filter(line -> line.endsWith(".so") && line.indexOf('/') >= 0)
          .map(line -> Path.of(line.substring(line.indexOf('/'))))
          .filter(path -> path.startsWith(folder))
          .filter(path -> isUnpacked(folder.relativize(path).toString()))
          .collect(Collectors.toSet());
    }
  }

  private static boolean isEmpty(Path folder) throws IOException {
    try (Stream<Path> content = Files.list(folder)) {
      return content.findAny().isEmpty();
    }
  }
}
