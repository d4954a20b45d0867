package dev.whatsit.emulators;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Starts an emulator that is a component of the Google Cloud SDK. */
public enum Emulator {
  /** Cloud Pub/Sub: {@code gcloud components install pubsub-emulator}. */
  PUB_SUB(
      "PUBSUB_EMULATOR_HOST",
      "pubsub-emulator",
      "pubsub-emulator/lib",
      "cloud-pubsub-emulator-.*-all\\.jar",
      "com.google.cloud.pubsub.testing.v1.Main"),

  /** Firestore: {@code gcloud components install cloud-firestore-emulator}. */
  FIRESTORE(
      "FIRESTORE_EMULATOR_HOST",
      "cloud-firestore-emulator",
      "cloud-firestore-emulator",
      "cloud-firestore-emulator\\.jar",
      // The jar's manifest has no main class; this one is from the SDK's start script.
      "com.google.cloud.datastore.emulator.firestore.CloudFirestore");

  private final String hostVariable;
  private final String component;
  private final String folder;
  private final Pattern jar;
  private final String mainClass;

  Emulator(String hostVariable, String component, String folder, String jar, String mainClass) {
    this.hostVariable = hostVariable;
    this.component = component;
    this.folder = folder;
    this.jar = Pattern.compile(jar);
    this.mainClass = mainClass;
  }

  /** The environment variable in which Google's clients expect the address of this emulator. */
  public String hostVariable() {
    return hostVariable;
  }

  /** The SDK's name of the component that contains this emulator. */
  public String component() {
    return component;
  }

  /** The main class of the jar. */
  String mainClass() {
    return mainClass;
  }

  /**
   * Uses the emulator that {@link #hostVariable()} names. Otherwise starts its own on a free port
   * of 127.0.0.1 and waits until it is ready, which takes a second or two. It searches for the
   * emulator in {@code CLOUDSDK_ROOT_DIR} (the SDK's own variable for its folder), then beside the
   * {@code gcloud} on the {@code PATH}.
   *
   * @param environment names and values, for example those of the process
   * @return the emulator, which the caller must close; empty when none is installed
   * @throws IllegalStateException if the named emulator does not respond, or the installed one does
   *     not start; with its output
   */
  public Optional<RunningEmulator> start(Map<String, String> environment) {
    String named = named(environment);
    if (!named.isEmpty()) {
      return Optional.of(RunningEmulator.named(this, named));
    }
    return jar(environment).map(found -> RunningEmulator.launch(this, found));
  }

  /**
   * Whether {@link #start} would find an emulator, named or installed. Starts nothing.
   *
   * @param environment names and values, for example those of the process
   */
  public boolean isAvailable(Map<String, String> environment) {
    return !named(environment).isEmpty() || jar(environment).isPresent();
  }

  private String named(Map<String, String> environment) {
    return environment.getOrDefault(hostVariable, "").strip();
  }

  /** The emulator's jar, if installed. */
  Optional<Path> jar(Map<String, String> environment) {
    for (Path root : sdkRoots(environment)) {
      Path where = root.resolve("platform").resolve(folder);
      if (!Files.isDirectory(where)) {
        continue;
      }
      try (Stream<Path> files = Files.list(where)) {
        Optional<Path> found =
            files.filter(file -> jar.matcher(file.getFileName().toString()).matches()).findFirst();
        if (found.isPresent()) {
          return found;
        }
      } catch (IOException e) {
        throw new IllegalStateException("cannot look for the " + component + " in " + where, e);
      }
    }
    return Optional.empty();
  }

  /** The folders in which the Google Cloud SDK may be, the most likely first. */
  private static List<Path> sdkRoots(Map<String, String> environment) {
    List<Path> roots = new ArrayList<>();
    String root = environment.getOrDefault("CLOUDSDK_ROOT_DIR", "").strip();
    if (!root.isEmpty()) {
      roots.add(Path.of(root));
    }
    String path = environment.getOrDefault("PATH", environment.getOrDefault("Path", ""));
    for (String folder : path.split(Pattern.quote(File.pathSeparator), -1)) {
      for (String command : List.of("gcloud", "gcloud.cmd")) {
        try {
          // Package managers put a symbolic link on the PATH; the command itself is in the SDK's
          // bin folder.
          Path bin = Path.of(folder, command).toRealPath().getParent();
          if (!folder.isBlank() && bin != null && bin.getParent() != null) {
            roots.add(bin.getParent());
          }
        } catch (IOException | InvalidPathException e) {
          // An entry of the PATH without the command, or an unreadable one, is skipped.
        }
      }
    }
    return roots;
  }
}
