package dev.whatsit.domain.document;

import dev.whatsit.domain.failure.PermanentFailure;
import dev.whatsit.domain.failure.TransientFailure;
import java.util.List;
import java.util.Optional;

/**
 * Stores documents: JSON objects identified by a collection and an id, each with an opaque version
 * for optimistic concurrency. This port is the domain's only interface to a database.
 *
 * <p><b>Consistency.</b> An acknowledged write is durable, and every later read, query and count
 * sees it, in this process and in others. No reader sees a partly written document or a part of a
 * commit.
 *
 * <p><b>Values.</b> Strings, booleans, 64-bit integers, finite doubles, arrays and objects; an
 * array must not contain an array. A number written with a fraction or an exponent is a double and
 * stays one: {@code 1.0} does not become {@code 1}. A member that is JSON null is equivalent to a
 * missing one and may be dropped. The order of members is not preserved. Instants are strings in
 * the form of {@link Instants}, with exactly three decimals; a store may use its native type for
 * the top-level fields in {@link DocumentCollection#timestamps} and returns them in that form.
 *
 * <p><b>Failures.</b> Every method has its own deadline, at most {@value #MAX_CALL_SECONDS}
 * seconds, and throws {@link TransientFailure} with the action and the key when the store cannot be
 * reached, is overloaded or does not respond in time; its {@code retryAfter}, if any, comes from
 * the store. After a failed {@link #commit} it is unknown whether the writes were made.
 *
 * <p>Implementations are thread-safe, and any number of processes may use one store.
 */
public interface DocumentStore {
  /** The maximum duration of one call, in seconds. */
  int MAX_CALL_SECONDS = 10;

  /** The maximum size of a document's fields, in bytes as {@link DocumentSize} counts them. */
  int MAX_DOCUMENT_BYTES = 1_000_000;

  /** The maximum size of all documents of one commit together, in bytes. */
  int MAX_COMMIT_BYTES = 10 * 1024 * 1024;

  /** The code of the {@link PermanentFailure} of a commit that exceeds these limits. */
  String DOCUMENT_TOO_LARGE = "DOCUMENT_TOO_LARGE";

  /** The maximum number of keys of one {@link #getAll}. */
  int MAX_KEYS = 1_000;

  /**
   * The maximum length of a document's id, in characters: letters, digits, hyphens and underscores.
   */
  int MAX_ID_LENGTH = 400;

  /**
   * Reads a document, in one remote call.
   *
   * @return the document, or empty when there is none
   */
  Optional<Document> get(DocumentKey key);

  /**
   * Reads documents of any collections, in one remote call and from one consistent snapshot.
   *
   * @param keys at most {@value #MAX_KEYS}, each once
   * @return those that exist, in the order of the keys
   */
  List<Document> getAll(List<DocumentKey> keys);

  /**
   * Makes all of the writes or none, in one remote call. Each write has a precondition, and each
   * document is written at most once.
   *
   * <p>The version after a write is new: the document never had it before, even if it was deleted
   * and created again. A put of the same fields that the document already has may leave its version
   * unchanged.
   *
   * <p>An empty result or a failure does not prove that nothing was written: an earlier attempt
   * within this call may have succeeded and its response been lost. Callers recognise their own
   * write by a field that is different in every write ({@link Documents} does this).
   *
   * @param writes at least one
   * @return for each write, in order, the version of the document after it (for a delete any
   *     version); or empty when a precondition did not hold
   * @throws PermanentFailure with code {@value #DOCUMENT_TOO_LARGE} if a document is larger than
   *     {@value #MAX_DOCUMENT_BYTES} bytes or all together are larger than {@value
   *     #MAX_COMMIT_BYTES}; nothing is written
   */
  Optional<List<Version>> commit(List<Write> writes);

  /**
   * Finds documents, in one remote call.
   *
   * @return the matching documents in the order of the query, at most its limit. A document without
   *     the field of the order is not found.
   */
  List<Document> query(Query query);

  /**
   * Counts the documents that a query matches, in one remote call.
   *
   * @param query a query without a cursor; its projection is ignored
   * @return the number of documents that {@link #query} would find, at most the query's limit
   */
  long count(Query query);

  /**
   * Checks as cheaply as possible that the store is reachable and set up.
   *
   * @throws TransientFailure that says what is wrong and what to do
   */
  void check();
}
