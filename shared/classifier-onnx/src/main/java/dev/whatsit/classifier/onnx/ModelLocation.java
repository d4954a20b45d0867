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
 * The location of a model file as a setting names it: a path on this machine or, with a scheme, a
 * URI that the backend opens.
 *
 * @param text the setting's value
 */
record ModelLocation(String text) {
  /** Whether the backend opens the file; otherwise it is on this machine. */
  boolean isRemote() {
    return text.contains("://");
  }

  /**
   * The path of a file on this machine.
   *
   * @throws InvalidPathException if the text is not a valid path
   */
  Path path() {
    return Path.of(text);
  }

  /** The file's name: the text after the last slash. */
  String name() {
    return isRemote()
        ? text.substring(text.lastIndexOf('/') + 1)
        : String.valueOf(path().getFileName());
  }

  /**
   * Opens the file.
   *
   * @throws IOException if it cannot be opened
   * @throws InvalidPathException if the text is neither a URI nor a valid path
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

  /** The reason to append to "cannot be read"; empty for a file on this machine. */
  static String why(Exception e) {
    return e instanceof RemoteFile ? ": " + e.getMessage() : "";
  }

  /** The backend could not open a file. */
  private static final class RemoteFile extends IOException {
    private static final long serialVersionUID = 1L;

    RemoteFile(String why, @Nullable Throwable cause) {
      super(why, cause);
    }
  }
}
