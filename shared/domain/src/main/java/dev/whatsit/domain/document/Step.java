package dev.whatsit.domain.document;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/** What a change of a document comes to, once the document has been read. */
public sealed interface Step<T, R> {
  /** Nothing is written. */
  record Answer<T, R>(R answer) implements Step<T, R> {}

  /**
   * The document is written, and others with it: all or none.
   *
   * @param next its new value
   * @param keepUnknown whether fields that this version of the program does not know stay as they
   *     are; false where the document begins a new life
   * @param others writes of other documents, made by {@link Documents#put} and {@link
   *     Documents#delete}
   * @param answer given the document as it was written
   */
  record Put<T, R>(T next, boolean keepUnknown, List<Write> others, Function<Snapshot<T>, R> answer)
      implements Step<T, R> {}

  /** Nothing is written. */
  static <T, R> Step<T, R> answer(R answer) {
    return new Answer<>(answer);
  }

  /** The next value of a document; fields that this version does not know stay. */
  static <T, R> Step<T, R> put(T next, Function<Snapshot<T>, R> answer) {
    return new Put<>(next, true, List.of(), answer);
  }

  /**
   * The next value of a document, or an answer when it stays as it is.
   *
   * @param written gives the answer from the value as it was written
   */
  static <T, R> Step<T, R> of(Optional<T> next, Function<T, R> written, Supplier<R> unchanged) {
    return next.<Step<T, R>>map(value -> put(value, snapshot -> written.apply(snapshot.get())))
        .orElseGet(() -> answer(unchanged.get()));
  }

  /** The first value of a document, also in place of one that has expired. */
  static <T, R> Step<T, R> replace(T next, Function<Snapshot<T>, R> answer) {
    return new Put<>(next, false, List.of(), answer);
  }
}
