package dev.whatsit.emulators;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Finds the Google Cloud SDK. */
final class GoogleCloudSdk {
  private static final String ROOT = "CLOUDSDK_ROOT_DIR";
  private static final List<String> COMMANDS = List.of("gcloud", "gcloud.cmd");

  private GoogleCloudSdk() {}

  /** The folders in which the SDK may be, the most likely first. */
  static List<Path> roots(Map<String, String> environment) {
    List<Path> roots = new ArrayList<>();
    String root = environment.getOrDefault(ROOT, "").strip();
    if (!root.isEmpty()) {
      roots.add(Path.of(root));
    }
    String path = environment.getOrDefault("PATH", environment.getOrDefault("Path", ""));
    for (String folder : path.split(Pattern.quote(File.pathSeparator), -1)) {
      if (folder.isBlank()) {
        continue;
      }
      for (String command : COMMANDS) {
        addRootOf(folder, command, roots);
      }
    }
    return roots;
  }

  private static void addRootOf(String folder, String command, List<Path> roots) {
    try {
      Path file = Path.of(folder, command);
      if (!Files.isRegularFile(file)) {
        return;
      }
      // Package managers put a symbolic link on the PATH; the command itself is in the SDK's bin
      // folder.
      Path bin = file.toRealPath().getParent();
      if (bin != null && bin.getParent() != null) {
        roots.add(bin.getParent());
      }
    } catch (IOException | InvalidPathException e) {
      // An unreadable entry of the PATH is skipped, as a shell does.
    }
  }
}
