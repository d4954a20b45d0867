package dev.whatsit.domain.document;

import dev.whatsit.domain.failure.PermanentFailure;
import dev.whatsit.domain.failure.TransientFailure;
import java.util.List;
import java.util.Optional;

/**
 * Keeps documents: JSON objects under a collection and an id, each with an opaque version. This
 * port is all that the domain knows of a database.
 *
 * <p><b>Consistency.</b> A write that was answered is durable, and every later read, query and
 * count sees it, in this process and in others. A document is never seen half written, and a commit
 * never in part.
 *
 * <p><b>Values.</b> Strings, booleans, 64-bit integers, finite doubles, arrays and objects; an
 * array has no array as an element. A number written with a fraction or an exponent is a double and
 * stays one: {@code 1.0} does not become {@code 1}. A member that is JSON null is the same as a
 * missing one and may be dropped. The order of members is not kept. Instants are strings in the
 * form of {@link Instants}, with exactly three decimals; a store may keep top-level fields named in
 * {@link DocumentCollection#timestamps} in a type of its own and gives them back in that form.
 *
 * <p><b>Failures.</b> Every method has a deadline of its own, at most {@value #MAX_CALL_SECONDS}
 * seconds, and throws {@link TransientFailure} with the action and the key when the store cannot be
 * reached, is overloaded or does not answer in time; its {@code retryAfter}, if any, is the store's
 * advice. After a failed {@link #commit} it is not known whether it was made.
 *
 * <p>Implementations are thread-safe, and any number of processes may use one store.
 */
public interface DocumentStore {
  /** How long one call takes at most, in seconds. */
  int MAX_CALL_SECONDS = 10;

  /** The size of a document's fields, in bytes as {@link DocumentSize} counts them. */
  int MAX_DOCUMENT_BYTES = 1_000_000;

  /** The size of all documents of one commit together. */
  int MAX_COMMIT_BYTES = 10 * 1024 * 1024;

  /** The code of the {@link PermanentFailure} of a commit that is larger than these limits. */
  String DOCUMENT_TOO_LARGE = "DOCUMENT_TOO_LARGE";

  /** The number of keys of one {@link #getAll}. */
  int MAX_KEYS = 1_000;

  /** The length of a document's id, in characters: letters, digits, hyphens and underscores. */
  int MAX_ID_LENGTH = 400;

  /**
   * Reads a document, in one remote call.
   *
   * @return the document, or empty when there is none
   */
  Optional<Document> get(DocumentKey key);

  /**
   * Reads documents of any collections, in one remote call and as of one moment.
   *
   * @param keys at most {@value #MAX_KEYS}, each once
   * @return those that exist, in the order of the keys
   */
  List<Document> getAll(List<DocumentKey> keys);

  /**
   * Makes all of the writes or none, in one remote call. Each has a condition, and each document is
   * written at most once.
   *
   * <p>The version after a write is new: it was never one of this document before, also when that
   * was deleted and created again. A put whose fields are those that the document has already may
   * leave its version as it is.
   *
   * <p>A caller that gets an empty result, or a failure, can't tell from it that nothing was
   * written: an earlier try of this very call may have arrived while its response was lost. Callers
   * recognise their own write by a field that is different in every write ({@link Documents} does).
   *
   * @param writes at least one
   * @return for each write, in their order, the version of the document after it (of a delete: any
   *     version), or empty when the condition of one of them did not hold
   * @throws PermanentFailure with code {@value #DOCUMENT_TOO_LARGE} if a document is larger than
   *     {@value #MAX_DOCUMENT_BYTES} bytes or all together than {@value #MAX_COMMIT_BYTES}; nothing
   *     is written
   */
  Optional<List<Version>> commit(List<Write> writes);

  /**
   * Finds documents, in one remote call.
   *
   * @return those that match, in the order of the query, at most as many as its limit. A document
   *     without the field of the order is not found.
   */
  List<Document> query(Query query);

  /**
   * Counts the documents that a query matches, in one remote call.
   *
   * @param query without a cursor; its projection does not matter
   * @return how many documents {@link #query} would find, at most the query's limit
   */
  long count(Query query);

  /**
   * Checks that the store answers and is set up, as cheaply as possible.
   *
   * @throws TransientFailure that says what is wrong and what to do
   */
  void check();
}
