package dev.whatsit.classifier.onnx;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.classification.ModelFiles;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.settings.Settings;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where a setting says that a file of a model is: a path on this machine, or, with a scheme, an
 * address of the backend's.
 *
 * @param text as it was set
 */
record ModelLocation(String text) {
  /** Whether the backend, and not this machine, has the file. */
  boolean isRemote() {
    return text.contains("://");
  }

  /**
   * The file on this machine.
   *
   * @throws InvalidPathException if it cannot be one
   */
  Path path() {
    return Path.of(text);
  }

  /** What follows the last slash. */
  String name() {
    return isRemote()
        ? text.substring(text.lastIndexOf('/') + 1)
        : String.valueOf(path().getFileName());
  }

  /**
   * Opens the file.
   *
   * @throws IOException if that does not succeed
   * @throws InvalidPathException if it cannot be a file on this machine
   */
  InputStream open(Backend backend, Settings settings) throws IOException {
    if (!isRemote()) {
      return Files.newInputStream(path());
    }
    try {
      ModelFiles files =
          backend
              .modelFiles(settings)
              .orElseThrow(
                  () ->
                      new RemoteFile(
                          "the backend " + backend.name() + " takes paths of files only", null));
      return files
          .open(URI.create(text))
          .orElseThrow(() -> new RemoteFile("there is no such object", null));
    } catch (IllegalArgumentException | TransientFailure e) {
      throw new RemoteFile(String.valueOf(e.getMessage()), e);
    }
  }

  /** What a refusal adds to "cannot be read": for a file that is elsewhere, the reason. */
  static String why(Exception e) {
    return e instanceof RemoteFile ? ": " + e.getMessage() : "";
  }

  /** A file that the backend does not give. */
  private static final class RemoteFile extends IOException {
    private static final long serialVersionUID = 1L;

    RemoteFile(String why, @Nullable Throwable cause) {
      super(why, cause);
    }
  }
}
