package dev.whatsit.classifier.onnx;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.whatsit.classifier.onnx.ModelOutput.Findings;
import dev.whatsit.domain.classification.Annotation;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The words for what the built-in models find. {@code broader.tsv} has terms that stand for several
 * labels of the labels model: since these exclude each other, a term's confidence is the sum of
 * theirs. {@code same-as.tsv} has the word of the labels model where the detector has another.
 * Immutable.
 */
final class Vocabulary {
  /**
   * A word for several labels.
   *
   * @param category whether it is too broad to stand among the labels
   * @param classes the labels' positions in the model's list
   */
  private record Term(String label, boolean category, int[] classes) {}

  private final List<Term> terms = new ArrayList<>();
  private final Map<String, String> sameAs = new HashMap<>();

  private Vocabulary() {}

  /** Reads the files from the class path. */
  static Vocabulary load() {
    Vocabulary vocabulary = new Vocabulary();
    try {
      for (String[] row : rows("broader.tsv")) {
        vocabulary.terms.add(new Term(row[0], row[1].equals("category"), classes(row[2])));
      }
      for (String[] row : rows("same-as.tsv")) {
        vocabulary.sameAs.put(row[0], row[1]);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return vocabulary;
  }

  private static List<String[]> rows(String file) throws IOException {
    return new String(resource(file), UTF_8)
        .lines()
        .filter(line -> !line.startsWith("#"))
        .map(line -> line.split("\t", -1))
        .toList();
  }

  /** A file beside this class. */
  static byte[] resource(String file) throws IOException {
    try (InputStream in = Vocabulary.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new IOException(file + " is not on the class path");
      }
      return in.readAllBytes();
    }
  }

  /** Reads positions such as {@code 0-100,102}, both ends of a range included. */
  private static int[] classes(String text) {
    return Stream.of(text.split(",", -1))
        .map(part -> part.split("-", -1))
        .flatMapToInt(
            range ->
                IntStream.rangeClosed(
                    Integer.parseInt(range[0]), Integer.parseInt(range[range.length - 1])))
        .toArray();
  }

  /** The findings of the labels model, with the terms: first the term, then its labels. */
  Findings withTerms(Findings labels) {
    List<Annotation> annotations = new ArrayList<>();
    List<Annotation> categories = new ArrayList<>();
    for (Term term : terms) {
      double sum = 0;
      for (int position : term.classes) {
        sum += labels.annotations().get(position).confidence();
      }
      (term.category ? categories : annotations).add(new Annotation(term.label, Math.min(1, sum)));
    }
    annotations.addAll(labels.annotations());
    return new Findings(annotations, categories, labels.objects());
  }

  /** The findings of the detector, its annotations in the words of the labels model. */
  Findings renamed(Findings detected) {
    List<Annotation> annotations =
        detected.annotations().stream()
            .map(
                one ->
                    new Annotation(sameAs.getOrDefault(one.label(), one.label()), one.confidence()))
            .toList();
    return new Findings(annotations, detected.categories(), detected.objects());
  }
}
