package dev.whatsit.domain.document;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/** The decision of a {@linkplain Documents#change change} after the document was read. */
public sealed interface Step<T, R> {
  /** Nothing is written. */
  record Answer<T, R>(R answer) implements Step<T, R> {}

  /**
   * The document is written together with others: all or none.
   *
   * @param next its new value
   * @param keepUnknown whether fields that this version of the program does not know are preserved;
   *     false where the document is created or replaces an expired one
   * @param others writes of other documents, made by {@link Documents#put} and {@link
   *     Documents#delete}
   * @param answer computes the result from the document as it was written
   */
  record Put<T, R>(T next, boolean keepUnknown, List<Write> others, Function<Snapshot<T>, R> answer)
      implements Step<T, R> {}

  /** Nothing is written. */
  static <T, R> Step<T, R> answer(R answer) {
    return new Answer<>(answer);
  }

  /**
   * Writes the next value of a document; fields that this version of the program does not know are
   * preserved.
   */
  static <T, R> Step<T, R> put(T next, Function<Snapshot<T>, R> answer) {
    return new Put<>(next, true, List.of(), answer);
  }

  /**
   * Writes the next value of a document, or nothing when that is empty.
   *
   * @param written computes the result from the value as it was written
   * @param unchanged computes the result when nothing is written
   */
  static <T, R> Step<T, R> of(Optional<T> next, Function<T, R> written, Supplier<R> unchanged) {
    return next.<Step<T, R>>map(value -> put(value, snapshot -> written.apply(snapshot.get())))
        .orElseGet(() -> answer(unchanged.get()));
  }

  /** Writes the first value of a document, also over an expired one; unknown fields are dropped. */
  static <T, R> Step<T, R> replace(T next, Function<Snapshot<T>, R> answer) {
    return new Put<>(next, false, List.of(), answer);
  }
}
