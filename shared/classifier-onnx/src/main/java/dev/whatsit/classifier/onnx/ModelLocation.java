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

  /** The file's name: the text after the last slash. */
  String name() {
    return isRemote()
        ? text.substring(text.lastIndexOf('/') + 1)
        : String.valueOf(Path.of(text).getFileName());
  }

  /**
   * Opens the file.
   *
   * @throws IOException if it cannot be opened
   * @throws InvalidPathException if the text is neither a URI nor a valid path
   */
  InputStream open(Backend backend, Settings settings) throws IOException {
    if (!isRemote()) {
      return Files.newInputStream(Path.of(text));
    }
    try {
      ModelFiles files =
          backend
              .modelFiles(settings)
              .orElseThrow(
                  () ->
                      new IOException(
                          "the backend " + backend.name() + " takes paths of files only"));
      return files
          .open(URI.create(text))
          .orElseThrow(() -> new IOException("there is no such object"));
    } catch (IllegalArgumentException | TransientFailure e) {
      throw new IOException(e.getMessage(), e);
    }
  }
}
