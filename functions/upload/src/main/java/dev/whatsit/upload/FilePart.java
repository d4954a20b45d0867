package dev.whatsit.upload;

import com.google.cloud.functions.HttpRequest.HttpPart;
import dev.whatsit.http.ApiRequest;
import dev.whatsit.http.Problem;
import dev.whatsit.http.ProblemException;
import dev.whatsit.http.Problems;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionException;

/**
 * The one file in a {@code multipart/form-data} body (RFC 7578). The Functions Framework parses the
 * body before our code runs and returns parts by name: of two parts with the same name, only the
 * last.
 *
 * @param stream the file's bytes
 * @param size how many bytes the file has
 * @param contentDigest the part's own {@code Content-Digest}, if it has one
 * @param fields the form's other parts as texts, by name; only the beginning of a long one
 */
record FilePart(
    InputStream stream, long size, Optional<String> contentDigest, Map<String, String> fields) {
  /** The limit of the framework's parser for one part. */
  private static final long MAX_PART_BYTES = 10L * 1024 * 1024;

  /** Longer than any field that is accepted here. */
  private static final int MAX_FIELD_BYTES = 8 * 1024;

  /**
   * Finds the file part.
   *
   * @throws ProblemException 400 if the body cannot be read or has not exactly one file
   */
  static FilePart of(ApiRequest request) {
    Map<String, HttpPart> parts;
    try {
      parts = request.raw().getParts();
    } catch (CompletionException e) {
      // The framework parses the body before it calls us, and reports its failure here.
      throw e.getCause() instanceof IllegalStateException && isLong(request)
          ? partTooLarge()
          : malformed();
    } catch (IllegalStateException | UncheckedIOException e) {
      throw malformed();
    }
    // A part without a name that can be read (RFC 7578 section 4.2) is under the key null.
    if (parts.keySet().stream().anyMatch(Objects::isNull)) {
      throw malformed();
    }
    List<HttpPart> files =
        parts.values().stream()
            .filter(FilePart::isFile)
            .filter(part -> !isEmptyInput(part))
            .toList();
    if (files.isEmpty()) {
      throw new ProblemException(
          Problem.of(
              400,
              "NO_FILE_PART",
              "There is no file in the form",
              "Send one part with a filename, for example: curl -F img=@photo.jpg"));
    }
    if (files.size() > 1) {
      throw new ProblemException(
          Problem.of(
              400,
              "SEVERAL_FILE_PARTS",
              "There are several files in the form",
              "Send one image for each request."));
    }
    HttpPart file = files.get(0);
    try {
      return new FilePart(
          file.getInputStream(), file.getContentLength(), digest(file), fields(parts));
    } catch (IOException e) {
      throw malformed();
    }
  }

  private static boolean isLong(ApiRequest request) {
    return request.contentLength().orElse(Long.MAX_VALUE) > MAX_PART_BYTES;
  }

  private static ProblemException partTooLarge() {
    return new ProblemException(Problems.multipartTooLarge(MAX_PART_BYTES));
  }

  private static ProblemException malformed() {
    return new ProblemException(Problems.malformedMultipart());
  }

  private static boolean isFile(HttpPart part) {
    return part.getFileName().isPresent()
        || part.getContentType().map(type -> type.startsWith("image/")).orElse(false);
  }

  /** What a browser sends for a file input in which nothing was chosen. */
  private static boolean isEmptyInput(HttpPart part) {
    return part.getFileName().map(String::isEmpty).orElse(false) && part.getContentLength() == 0;
  }

  private static Map<String, String> fields(Map<String, HttpPart> parts) throws IOException {
    Map<String, String> fields = new HashMap<>();
    for (Map.Entry<String, HttpPart> named : parts.entrySet()) {
      if (!isFile(named.getValue())) {
        try (InputStream in = named.getValue().getInputStream()) {
          byte[] bytes = in.readNBytes(MAX_FIELD_BYTES);
          fields.put(named.getKey(), new String(bytes, StandardCharsets.UTF_8));
        }
      }
    }
    return fields;
  }

  private static Optional<String> digest(HttpPart part) {
    for (Map.Entry<String, List<String>> header : part.getHeaders().entrySet()) {
      if (header.getKey().toLowerCase(Locale.ROOT).equals("content-digest")) {
        return Optional.of(String.join(", ", header.getValue()));
      }
    }
    return Optional.empty();
  }
}
