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
 * The documents of one collection as values of the domain, changed with optimistic concurrency:
 * read, decide, write on the condition that nothing has changed, and again on a conflict.
 *
 * <p>Each put carries a {@value #WRITE_ID} of its own. A write whose response was lost finds its
 * condition broken by itself, reads, and recognises itself by that id. Fields that the {@link
 * Codec} does not know are kept by every change, because a later version of the program may have
 * written them.
 *
 * <p>Thread-safe.
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

  /** The documents of the codec's collection in a store. */
  public Documents(DocumentStore store, Codec<T> codec) {
    this.store = store;
    this.codec = codec;
  }

  /** Where they are stored. */
  public DocumentStore store() {
    return store;
  }

  /** The key of a document. */
  public DocumentKey key(String id) {
    return new DocumentKey(codec.collection(), id);
  }

  /**
   * Reads a document, in one call.
   *
   * @throws TransientFailure if the store cannot be reached, or naming the document that can't be
   *     read
   */
  public Snapshot<T> get(String id) {
    Optional<Document> found = store.get(key(id));
    return found.isPresent() ? read(found.get()) : Snapshot.absent(id);
  }

  /**
   * Reads those of several documents that exist, in the order of their ids as given, in one call.
   *
   * @param ids at most {@value DocumentStore#MAX_KEYS}, each once
   * @throws TransientFailure as {@link #get}
   */
  public List<Snapshot<T>> getAll(List<String> ids) {
    return ids.isEmpty()
        ? List.of()
        : store.getAll(ids.stream().map(this::key).toList()).stream().map(this::read).toList();
  }

  /**
   * A document among those that were read together with documents of other collections.
   *
   * @throws TransientFailure as {@link #get}
   */
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
   * Finds documents, in one call. One that can't be read is left out and logged: it must not hide
   * all the others.
   */
  public List<Snapshot<T>> query(Query query) {
    return readable(store.query(query));
  }

  /**
   * Finds documents, also behind many that can't be read. One call, and more only when some can't
   * be.
   *
   * @param query whose limit is the number wanted
   */
  public List<Snapshot<T>> queryReadable(Query query) {
    int asked = query.limit();
    while (true) {
      List<Document> found = store.query(query.limit(asked));
      List<Snapshot<T>> readable = readable(found);
      if (readable.size() >= query.limit() || found.size() < asked || asked == Query.MAX_LIMIT) {
        return readable.subList(0, Math.min(query.limit(), readable.size()));
      }
      asked = Math.min(2 * asked, Query.MAX_LIMIT);
    }
  }

  private List<Snapshot<T>> readable(List<Document> found) {
    return found.stream().map(this::tryRead).flatMap(Optional::stream).toList();
  }

  /** The value of a document, or empty and a line in the log when it can't be read. */
  public Optional<Snapshot<T>> tryRead(Document document) {
    try {
      return Optional.of(read(document));
    } catch (TransientFailure e) {
      LOG.log(Level.SEVERE, "left out a document that cannot be read", e);
      return Optional.empty();
    }
  }

  /**
   * The value of a document.
   *
   * @throws TransientFailure naming the document and what is wrong with it
   */
  public Snapshot<T> read(Document document) {
    return new Snapshot<>(document.key().id(), codec.read(document), document);
  }

  /**
   * Changes a document by as many rounds of decision and conditional write as it takes, at most
   * {@value #MAX_ATTEMPTS}. One call when the snapshot is still true and nothing goes wrong.
   *
   * @param seen as it was read, or is believed to be; when that is not true any more, it is read
   *     again
   * @param step decides from the document as it stands; may be asked several times
   * @throws TransientFailure if it is not known whether it was written
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
      // Without a pause after the first conflict: most often the other writer has done the work.
      if (attempt > 1) {
        pause(own.key(), attempt - 1, end);
      }
      current = get(id);
      if (isWrittenBy(own, current.document())) {
        return put.answer().apply(current);
      }
    }
    throw new TransientFailure(
        "change " + key(id) + ": others are writing it all the time", Duration.ofSeconds(1));
  }

  /** A write of a document on the condition that it is still as it was seen. */
  public Write put(Snapshot<T> seen, T next) {
    return put(seen, next, true);
  }

  /** The removal of a document on the condition that it is still as it was seen. */
  public Write delete(Snapshot<T> seen) {
    Document document = seen.document();
    if (document == null) {
      throw new IllegalArgumentException("there is nothing to remove: " + key(seen.id()));
    }
    return new Write.Delete(document.key(), document.version());
  }

  /** The size of a document with its next value, as {@link DocumentSize} counts it. */
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
