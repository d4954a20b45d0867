package dev.whatsit.firestore;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.rest.JsonService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Documents of one database: read, found by a query, and changed by conditional writes. Safe for
 * use by several threads.
 *
 * <p>A change is a read and one write on the condition that the document is still as it was read.
 * No transaction: those hold locks and take three calls. Each write carries an id of its own in the
 * document, {@value #WRITE_ID}: a write whose answer was lost finds its condition broken by itself,
 * reads, and knows itself by the id.
 */
final class Documents {
  /** The field with the id of the document's last write. */
  static final String WRITE_ID = "write_id";

  /** After so many lost races something else is wrong. */
  private static final int MOST_ATTEMPTS = 20;

  private static final long FIRST_PAUSE_MILLIS = 10;
  private static final long LONGEST_PAUSE_MILLIS = 500;

  private final JsonService service;
  private final Duration longestCall;
  private final String root;

  /**
   * The documents of a database.
   *
   * @param database its full name
   */
  Documents(FirestoreConnection connection, String database) {
    this.service = connection.service();
    this.longestCall = connection.longestCall();
    this.root = database + "/documents";
  }

  /** The full name of a document. */
  String name(String collection, String id) {
    return root + "/" + collection + "/" + id;
  }

  /**
   * A document as a change finds it.
   *
   * @param document with its update time, or null when there is none
   */
  record Found(@Nullable Document document) {
    static final Found NOTHING = new Found(null);
  }

  /** What a change comes to, once its document has been read. */
  sealed interface Step<T> {
    /** Nothing is to be written. */
    record Answer<T>(T answer) implements Step<T> {}

    /**
     * A write.
     *
     * @param fields of the document, all of them
     * @param over those fields that are taken away when {@code fields} lacks them; others stay as
     *     they are, for a later version of this program may have written them. Null to take away
     *     all.
     * @param answer valid once the write has been made
     */
    record Put<T>(Map<String, Value> fields, @Nullable Set<String> over, T answer)
        implements Step<T> {}
  }

  /**
   * What a change came to.
   *
   * @param document as it now stands, with its update time, where it was written by this change
   */
  record Changed<T>(T answer, Optional<Document> document) {}

  /** The time that a method has from now on. */
  Budget budget() {
    return new Budget(longestCall);
  }

  /** Reads a document, in one call. */
  Found read(String action, String name) {
    return read(action, name, budget());
  }

  /** Runs a query over a collection of the database, in one call. */
  List<Document> query(String action, Query query, Budget budget) {
    JsonObject request = new JsonObject();
    request.add("structuredQuery", query.json());
    return parts(action, ":runQuery", request, budget).stream()
        .filter(part -> part.has("document"))
        .map(part -> read(action, part, "document"))
        .toList();
  }

  /**
   * Changes a document by as many rounds of decision and conditional write as it takes.
   *
   * @param action with the key, for failures
   * @param known what the document is believed to be, which saves the first read, or null. When it
   *     is not so any more, nothing is lost but a call.
   * @param decide what to do about the document as it stands, or null when there is none
   * @throws TransientFailure if it is not known whether it was written
   */
  <T> Changed<T> change(
      String action,
      String name,
      @Nullable Found known,
      Function<@Nullable Document, Step<T>> decide) {
    Budget budget = budget();
    Found found = known;
    Step.@Nullable Put<T> tried = null;
    String writeId = "";
    for (int attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
      if (found == null) {
        found = read(action, name, budget);
      }
      Document document = found.document();
      if (tried != null && document != null && isWrittenBy(document, writeId)) {
        return new Changed<>(tried.answer(), Optional.of(document));
      }
      Step<T> step = decide.apply(document);
      if (step instanceof Step.Answer<T> answer) {
        return new Changed<>(answer.answer(), Optional.empty());
      }
      tried = (Step.Put<T>) step;
      writeId = UUID.randomUUID().toString();
      Map<String, Value> fields = new HashMap<>(tried.fields());
      fields.put(WRITE_ID, Fields.of(writeId));
      Write write = Write.put(name, fields, over(tried.over())).ifStill(document);
      String updated = written(action, List.of(write), budget);
      if (updated != null) {
        return new Changed<>(tried.answer(), Optional.of(new Document(name, fields, updated)));
      }
      found = null;
      budget.pause(action, attempt);
    }
    throw new TransientFailure(action + ": too many others are writing the same document");
  }

  private static @Nullable Set<String> over(@Nullable Set<String> fields) {
    if (fields == null) {
      return null;
    }
    Set<String> all = new HashSet<>(fields);
    all.add(WRITE_ID);
    return all;
  }

  /** Reads several documents, in one call; those that are not there are left out. */
  List<Document> readAll(String action, List<String> names, Budget budget) {
    return batchGet(action, names, budget).stream()
        .filter(part -> part.has("found"))
        .map(part -> read(action, part, "found"))
        .toList();
  }

  /** Reads a document, in one call within a budget. */
  Found read(String action, String name, Budget budget) {
    for (JsonObject part : batchGet(action, List.of(name), budget)) {
      if (part.has("found")) {
        return new Found(read(action, part, "found"));
      }
      if (part.has("missing")) {
        return Found.NOTHING;
      }
    }
    throw new TransientFailure(action + ": Firestore's answer says nothing of the document");
  }

  /** Not GetDocument: it answers NOT_FOUND both for want of the document and of the database. */
  private List<JsonObject> batchGet(String action, List<String> names, Budget budget) {
    JsonArray documents = new JsonArray(names.size());
    names.forEach(documents::add);
    JsonObject request = new JsonObject();
    request.add("documents", documents);
    return parts(action, ":batchGet", request, budget);
  }

  /** What a method answers that answers in parts. */
  private List<JsonObject> parts(String action, String method, JsonObject request, Budget budget) {
    JsonElement answer = service.post(action, path(method), request, budget.left(action));
    List<JsonObject> parts = new ArrayList<>();
    if (!(answer instanceof JsonArray array)) {
      throw unexpected(action, answer, null);
    }
    for (JsonElement element : array) {
      if (!(element instanceof JsonObject part) || part.has("error")) {
        // An error among the parts: it fell ill between two of them.
        throw unexpected(action, element, null);
      }
      parts.add(part);
    }
    return parts;
  }

  /** The document in a part of an answer. */
  private static Document read(String action, JsonObject part, String member) {
    try {
      return Document.of(part.getAsJsonObject(member));
    } catch (ClassCastException | IllegalStateException | NullPointerException e) {
      throw unexpected(action, part, e);
    }
  }

  private static TransientFailure unexpected(
      String action, JsonElement answer, @Nullable RuntimeException cause) {
    // Not what documents hold, which is nobody's business who reads a log.
    Object said =
        answer instanceof JsonObject object
            ? object.has("error") ? object.get("error") : object.keySet()
            : answer.getClass().getSimpleName();
    TransientFailure failure =
        new TransientFailure(action + ": unexpected answer of Firestore: " + said);
    failure.initCause(cause);
    return failure;
  }

  /**
   * Makes several writes, all or none.
   *
   * @return false when the condition of one of them does not hold; also when they were made by this
   *     very call and its answer was lost
   * @throws TransientFailure if it is not known whether they were made
   */
  boolean commit(String action, List<Write> writes, Budget budget) {
    return written(action, writes, budget) != null;
  }

  private static boolean isWrittenBy(Document document, String writeId) {
    return Fields.of(writeId).equals(document.fields().get(WRITE_ID));
  }

  /** When the first document was written, or null when the condition of a write does not hold. */
  private @Nullable String written(String action, List<Write> writes, Budget budget) {
    JsonArray all = new JsonArray(writes.size());
    writes.forEach(write -> all.add(write.json()));
    JsonObject request = new JsonObject();
    request.add("writes", all);
    JsonElement answer;
    try {
      answer = service.post(action, path(":commit"), request, budget.left(action));
    } catch (TransientFailure e) {
      if (FirestoreFailures.isConflict(e)) {
        return null;
      }
      throw e;
    }
    try {
      JsonObject commit = answer.getAsJsonObject();
      JsonObject first = commit.getAsJsonArray("writeResults").get(0).getAsJsonObject();
      // A document that was removed has no time of its own.
      return (first.has("updateTime") ? first.get("updateTime") : commit.get("commitTime"))
          .getAsString();
    } catch (RuntimeException e) {
      throw unexpected(action, answer, e);
    }
  }

  private String path(String method) {
    return "/v1/" + root + method;
  }

  /** The time that one method has, over all of its remote calls. */
  final class Budget {
    private final long end;

    private Budget(Duration time) {
      this.end = System.nanoTime() + time.toNanos();
    }

    /** Waits a random time that grows, so that those who met do not meet again. */
    void pause(String action, int attempt) {
      if (attempt == 1) {
        // Most often whoever was first has ended the matter: look at once.
        return;
      }
      long most = Math.min(LONGEST_PAUSE_MILLIS, FIRST_PAUSE_MILLIS << Math.min(attempt, 10));
      long pause = TimeUnit.MILLISECONDS.toNanos(ThreadLocalRandom.current().nextLong(most));
      try {
        TimeUnit.NANOSECONDS.sleep(Math.min(pause, left(action).toNanos()));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new TransientFailure(action + ": interrupted", e);
      }
    }

    /** What is left of it; fails when nothing is. */
    Duration left(String action) {
      long left = end - System.nanoTime();
      if (left <= 0) {
        throw new TransientFailure(action + ": not done within " + longestCall.toMillis() + " ms");
      }
      return Duration.ofNanos(left);
    }
  }
}
