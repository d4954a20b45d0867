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
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionException;

/**
 * The one file in a {@code multipart/form-data} body (RFC 7578). The Functions Framework parses the
 * body before our code runs and returns parts by name, so that of two parts with the same name it
 * returns only the last.
 *
 * @param stream the file's bytes
 * @param size how many bytes the file has
 * @param contentDigest the part's own {@code Content-Digest}, if it has one
 * @param fields the form's other parts as texts, by name; only the beginning of a long one
 * @param repeated the fields that may hide another part of that name, judged by the body's length
 */
record FilePart(
    InputStream stream,
    long size,
    Optional<String> contentDigest,
    Map<String, String> fields,
    Set<String> repeated) {
  /** The limit of the framework's parser for one part. */
  private static final long MAX_PART_BYTES = 10L * 1024 * 1024;

  /** Longer than any field that is accepted here. */
  private static final int MAX_FIELD_BYTES = 8 * 1024;

  /** The minimum header of a further file part, without its name. */
  private static final int MIN_FILE_HEADER =
      "Content-Disposition:form-data;name=;filename=a".length();

  /** The same for a field. */
  private static final int MIN_FIELD_HEADER = "Content-Disposition:form-data;name=".length();

  /** The bytes of a bitmap's header; no image of another format is shorter. */
  private static final int MIN_IMAGE = 26;

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
    long hidden = hidden(request, parts);
    Set<String> repeated = repeated(parts, hidden);
    if (repeated.isEmpty() && hidden >= MIN_FILE_HEADER + shortestName(parts) + MIN_IMAGE) {
      throw new ProblemException(
          Problem.of(
              400,
              "DUPLICATE_PART",
              "The form is ambiguous",
              "Two parts have one name, or there is text around the parts. Send one file part, every"
                  + " field once, and nothing else."));
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
          file.getInputStream(), file.getContentLength(), digest(file), fields(parts), repeated);
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

  /**
   * The number of bytes in the body beyond the parts that the framework returned and the framing of
   * one more part. They are the headers and content of a hidden part: the framework returns only
   * the last of two parts with the same name, and the first would be lost silently. Negative if
   * there can be no hidden part, or if the number is unknown. Bytes that are too few for a part are
   * text around the parts, which is to be ignored (RFC 2046 section 5.1.1), or a field without a
   * meaning here. Longer text cannot be told apart from a part.
   */
  private static long hidden(ApiRequest request, Map<String, HttpPart> parts) {
    OptionalLong length = request.contentLength();
    int boundary = boundaryLength(request);
    if (length.isEmpty() || boundary == 0) {
      return -1;
    }
    long framing = 2L + boundary + 2 + 2 + 2;
    long shown = 2L + boundary + 4;
    for (HttpPart part : parts.values()) {
      shown += framing + part.getContentLength() + headerLength(part);
    }
    // The line end of the hidden part's only header.
    return length.getAsLong() - shown - framing - 2;
  }

  /** The length of all headers, including the end of each line. */
  private static long headerLength(HttpPart part) {
    long sum = 0;
    for (Map.Entry<String, List<String>> header : part.getHeaders().entrySet()) {
      for (String value : header.getValue()) {
        sum += header.getKey().length() + 2L + utf8Length(Objects.toString(value, "")) + 2;
      }
    }
    return sum;
  }

  /**
   * The fields to report as repeated. There are some only if the hidden bytes are enough for the
   * shortest header with the name of a returned option; hidden bytes longer than any option are a
   * file. Clients write the headers of all fields alike, so the result is every field, known here
   * or not, with a returned header that fits in the hidden bytes; if none fits, the options.
   */
  private static Set<String> repeated(Map<String, HttpPart> parts, long hidden) {
    Set<String> options = new TreeSet<>(SubmissionOptions.NAMES);
    options.retainAll(parts.keySet());
    options.removeIf(name -> hidden < MIN_FIELD_HEADER + name.length());
    if (options.isEmpty() || hidden > MAX_FIELD_BYTES) {
      return Set.of();
    }
    Set<String> alike = new TreeSet<>();
    parts.forEach(
        (name, part) -> {
          if (!isFile(part) && headerLength(part) - 2 <= hidden) {
            alike.add(name);
          }
        });
    return alike.isEmpty() ? options : alike;
  }

  private static int shortestName(Map<String, HttpPart> parts) {
    return parts.keySet().stream().mapToInt(FilePart::utf8Length).min().orElse(0);
  }

  private static int boundaryLength(ApiRequest request) {
    String type = request.header("Content-Type").orElse("");
    int at = type.toLowerCase(Locale.ROOT).indexOf("boundary=");
    if (at < 0) {
      return 0;
    }
    String rest = type.substring(at + "boundary=".length());
    int end = rest.indexOf(';');
    return (end < 0 ? rest : rest.substring(0, end)).strip().replace("\"", "").length();
  }

  private static int utf8Length(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }
}
