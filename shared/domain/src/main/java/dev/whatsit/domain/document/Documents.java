package dev.whatsit.domain.document;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.whatsit.domain.failure.Backoff;
import dev.whatsit.domain.failure.TransientFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Reads and changes the documents of one collection as domain values, with optimistic concurrency:
 * read, decide, write on the condition that the document is unchanged, and retry on a conflict.
 *
 * <p>Each put has a unique {@value #WRITE_ID}. When a write succeeded but its response was lost,
 * its retry fails on the precondition; the document is then read, and the id shows that the write
 * was made. Changes preserve fields that the {@link Codec} does not know, because a later version
 * of the program may have written them; only a {@link Step#replace} drops them.
 *
 * <p>Thread-safe. Methods throw {@link TransientFailure} if the store cannot be reached; or, naming
 * the document, if it cannot be read.
 */
public final class Documents<T extends Record> {
  /** The field with the id of the document's last write. */
  public static final String WRITE_ID = "write_id";

  private static final int MAX_ATTEMPTS = 20;
  private static final Duration MAX_TIME = Duration.ofSeconds(10);
  private static final Backoff BACKOFF = new Backoff(Duration.ofMillis(20), Duration.ofMillis(500));
  private static final Logger LOG = Logger.getLogger(Documents.class.getName());

  private final DocumentStore store;
  private final Codec<T> codec;

  public Documents(DocumentStore store, Codec<T> codec) {
    this.store = store;
    this.codec = codec;
  }

  public DocumentKey key(String id) {
    return new DocumentKey(codec.collection(), id);
  }

  /** Reads a document, in one call. */
  public Snapshot<T> get(String id) {
    Optional<Document> found = store.get(key(id));
    return found.isPresent() ? read(found.get()) : Snapshot.absent(id);
  }

  /**
   * Reads several documents in one call; those that exist are returned in the order of the given
   * ids.
   *
   * @param ids at most {@value DocumentStore#MAX_KEYS}, each once
   */
  public List<Snapshot<T>> getAll(List<String> ids) {
    return ids.isEmpty()
        ? List.of()
        : store.getAll(ids.stream().map(this::key).toList()).stream().map(this::read).toList();
  }

  /** Selects a document from those that were read together with documents of other collections. */
  public Snapshot<T> among(List<Document> found, String id) {
    DocumentKey key = key(id);
    for (Document document : found) {
      if (document.key().equals(key)) {
        return read(document);
      }
    }
    return Snapshot.absent(id);
  }

  /**
   * Finds documents even when many that cannot be read come first in the order. One call; more only
   * when some cannot be read.
   *
   * @param query its limit is the number of readable documents wanted
   */
  public List<T> find(Query query) {
    int asked = query.limit();
    while (true) {
      List<Document> found = store.query(query.limit(asked));
      List<Snapshot<T>> readable = readable(found);
      if (readable.size() >= query.limit() || found.size() < asked || asked == Query.MAX_LIMIT) {
        return readable.stream().limit(query.limit()).map(Snapshot::get).toList();
      }
      asked = Math.min(2 * asked, Query.MAX_LIMIT);
    }
  }

  /** Reads documents; those that cannot be read are logged and left out. */
  public List<Snapshot<T>> readable(List<Document> found) {
    return found.stream().map(this::tryRead).flatMap(Optional::stream).toList();
  }

  /** Reads a document; empty, with a log entry, when it cannot be read. */
  public Optional<Snapshot<T>> tryRead(Document document) {
    try {
      return Optional.of(read(document));
    } catch (TransientFailure e) {
      LOG.log(Level.SEVERE, "left out a document that cannot be read", e);
      return Optional.empty();
    }
  }

  /** Reads the value of a document. */
  public Snapshot<T> read(Document document) {
    return new Snapshot<>(document.key().id(), codec.read(document), document);
  }

  /**
   * Changes a document: decides and writes conditionally, and after a conflict reads and repeats
   * this, at most {@value #MAX_ATTEMPTS} times. One store call when the snapshot is current and no
   * conflict occurs.
   *
   * @param seen the document as it was read or is assumed to be; it is read again when that proves
   *     outdated
   * @param step decides from the current document; may be called several times
   * @throws TransientFailure if it is not known whether the change was written
   */
  public <R> R change(Snapshot<T> seen, Function<Snapshot<T>, Step<T, R>> step) {
    String id = seen.id();
    long end = System.nanoTime() + MAX_TIME.toNanos();
    Snapshot<T> current = seen;
    for (int attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      Step<T, R> next = step.apply(current);
      if (next instanceof Step.Answer<T, R> answer) {
        return answer.answer();
      }
      Step.Put<T, R> put = (Step.Put<T, R>) next;
      Write.Put own = put(current, put.next(), put.keepUnknown());
      List<Write> writes = new ArrayList<>();
      writes.add(own);
      writes.addAll(put.others());
      Optional<List<Version>> versions = store.commit(writes);
      if (versions.isPresent()) {
        Version version = versions.get().get(0);
        return put.answer().apply(read(new Document(own.key(), own.fields(), version)));
      }
      // No pause after the first conflict: usually the other writer has done the work.
      if (attempt > 1) {
        pause(own.key(), attempt - 1, end);
      }
      current = get(id);
      if (isWrittenBy(own, current.document())) {
        return put.answer().apply(current);
      }
    }
    throw new TransientFailure(
        "change " + key(id) + ": too many conflicting writes", Duration.ofSeconds(1));
  }

  /** A write of a document, on the condition that it is unchanged since {@code seen}. */
  public Write put(Snapshot<T> seen, T next) {
    return put(seen, next, true);
  }

  /** A delete of a document, on the condition that it is unchanged since {@code seen}. */
  public Write delete(Snapshot<T> seen) {
    Document document = seen.document();
    if (document == null) {
      throw new IllegalArgumentException("there is nothing to delete: " + key(seen.id()));
    }
    return new Write.Delete(document.key(), document.version());
  }

  /** The size in bytes of a document with its next value, as {@link DocumentSize} counts it. */
  public long bytes(Snapshot<T> seen, T next) {
    return DocumentSize.bytes(put(seen, next, true).fields());
  }

  private Write.Put put(Snapshot<T> seen, T next, boolean keepUnknown) {
    JsonObject fields = codec.write(next);
    Document document = seen.document();
    if (document != null && keepUnknown) {
      document
          .fields()
          .asMap()
          .forEach(
              (name, value) -> {
                if (!codec.fields().contains(name)) {
                  fields.add(name, value);
                }
              });
    }
    fields.addProperty(WRITE_ID, UUID.randomUUID().toString());
    return new Write.Put(key(seen.id()), fields, document == null ? null : document.version());
  }

  private static boolean isWrittenBy(Write.Put own, @Nullable Document document) {
    if (document == null) {
      return false;
    }
    JsonElement stored = document.fields().get(WRITE_ID);
    return stored instanceof JsonPrimitive && stored.equals(own.fields().get(WRITE_ID));
  }

  private static void pause(DocumentKey key, int attempt, long end) {
    long left = end - System.nanoTime();
    if (left <= 0) {
      throw new TransientFailure(
          "change " + key + ": not done within " + MAX_TIME.toMillis() + " ms");
    }
    Duration pause = BACKOFF.beforeRetry(attempt, ThreadLocalRandom.current());
    try {
      Thread.sleep(Math.min(pause.toMillis(), Duration.ofNanos(left).toMillis()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TransientFailure("change " + key + ": interrupted", e);
    }
  }
}
