package dev.whatsit.firestore;

import com.google.api.gax.rpc.ApiCallContext;
import com.google.api.gax.rpc.ApiException;
import com.google.firestore.v1.BatchGetDocumentsRequest;
import com.google.firestore.v1.BatchGetDocumentsResponse;
import com.google.firestore.v1.CommitRequest;
import com.google.firestore.v1.CommitResponse;
import com.google.firestore.v1.Document;
import com.google.firestore.v1.DocumentMask;
import com.google.firestore.v1.Precondition;
import com.google.firestore.v1.RunQueryRequest;
import com.google.firestore.v1.RunQueryResponse;
import com.google.firestore.v1.StructuredQuery;
import com.google.firestore.v1.Value;
import com.google.firestore.v1.Write;
import com.google.protobuf.Timestamp;
import dev.whatsit.domain.failure.TransientFailure;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
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

  private final FirestoreConnection connection;
  private final String database;
  private final String root;

  /**
   * The documents of a database.
   *
   * @param database its full name
   */
  Documents(FirestoreConnection connection, String database) {
    this.connection = connection;
    this.database = database;
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
    return new Budget(connection.longestCall());
  }

  /** Reads a document, in one call. */
  Found read(String action, String name) {
    return read(action, name, budget());
  }

  /** Runs a query over a collection of the database, in one call. */
  List<Document> query(String action, StructuredQuery query, Budget budget) {
    RunQueryRequest request =
        RunQueryRequest.newBuilder().setParent(root).setStructuredQuery(query).build();
    List<RunQueryResponse> responses =
        remotely(
            action,
            () -> connection.stub().runQueryCallable().all().call(request, budget.context(action)));
    return responses.stream()
        .filter(RunQueryResponse::hasDocument)
        .map(RunQueryResponse::getDocument)
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
      Document.Builder next =
          Document.newBuilder()
              .setName(name)
              .putAllFields(tried.fields())
              .putFields(WRITE_ID, Value.newBuilder().setStringValue(writeId).build());
      Timestamp updated =
          written(action, commit(next.build(), tried.over(), document), budget.context(action));
      if (updated != null) {
        return new Changed<>(tried.answer(), Optional.of(next.setUpdateTime(updated).build()));
      }
      found = null;
      budget.pause(action, attempt);
    }
    throw new TransientFailure(action + ": too many others are writing the same document");
  }

  /** Reads several documents, in one call; those that are not there are left out. */
  List<Document> readAll(String action, List<String> names, Budget budget) {
    return get(action, names, budget).stream()
        .filter(BatchGetDocumentsResponse::hasFound)
        .map(BatchGetDocumentsResponse::getFound)
        .toList();
  }

  /** Reads a document, in one call within a budget. */
  Found read(String action, String name, Budget budget) {
    for (BatchGetDocumentsResponse response : get(action, List.of(name), budget)) {
      if (response.hasFound()) {
        return new Found(response.getFound());
      }
      if (!response.getMissing().isEmpty()) {
        return Found.NOTHING;
      }
    }
    throw new TransientFailure(action + ": Firestore's answer says nothing of the document");
  }

  /** Not GetDocument: it answers NOT_FOUND both for want of the document and of the database. */
  private List<BatchGetDocumentsResponse> get(String action, List<String> names, Budget budget) {
    BatchGetDocumentsRequest request =
        BatchGetDocumentsRequest.newBuilder().setDatabase(database).addAllDocuments(names).build();
    return remotely(
        action,
        () ->
            connection
                .stub()
                .batchGetDocumentsCallable()
                .all()
                .call(request, budget.context(action)));
  }

  /**
   * Makes several writes, all or none.
   *
   * @return false when the condition of one of them does not hold; also when they were made by this
   *     very call and its answer was lost
   * @throws TransientFailure if it is not known whether they were made
   */
  boolean commit(String action, List<Write> writes, Budget budget) {
    CommitRequest request =
        CommitRequest.newBuilder().setDatabase(database).addAllWrites(writes).build();
    return written(action, request, budget.context(action)) != null;
  }

  private CommitRequest commit(Document next, @Nullable Set<String> over, @Nullable Document seen) {
    Write.Builder write = Write.newBuilder().setUpdate(next);
    if (over != null) {
      write.setUpdateMask(DocumentMask.newBuilder().addAllFieldPaths(over).addFieldPaths(WRITE_ID));
    }
    Precondition.Builder condition = Precondition.newBuilder();
    if (seen == null) {
      condition.setExists(false);
    } else {
      condition.setUpdateTime(seen.getUpdateTime());
    }
    write.setCurrentDocument(condition);
    return CommitRequest.newBuilder().setDatabase(database).addWrites(write).build();
  }

  private static boolean isWrittenBy(Document document, String writeId) {
    Value id = document.getFieldsMap().get(WRITE_ID);
    return id != null && id.getStringValue().equals(writeId);
  }

  /** When the document was written, or null when the write's condition does not hold. */
  private @Nullable Timestamp written(
      String action, CommitRequest request, ApiCallContext context) {
    return remotely(
        action,
        () -> {
          try {
            CommitResponse response = connection.stub().commitCallable().call(request, context);
            return response.getWriteResults(0).getUpdateTime();
          } catch (ApiException e) {
            if (FirestoreFailures.isConflict(e)) {
              return null;
            }
            throw e;
          }
        });
  }

  private static <T extends @Nullable Object> T remotely(String action, Supplier<T> call) {
    try {
      return call.get();
    } catch (TransientFailure e) {
      throw e;
    } catch (RuntimeException e) {
      throw FirestoreFailures.of(action, e);
    }
  }

  /** The time that one method has, over all of its remote calls. */
  final class Budget {
    private final long end;

    private Budget(Duration time) {
      this.end = System.nanoTime() + time.toNanos();
    }

    ApiCallContext context(String action) {
      return connection.within(Duration.ofNanos(left(action)));
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
        TimeUnit.NANOSECONDS.sleep(Math.min(pause, left(action)));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new TransientFailure(action + ": interrupted", e);
      }
    }

    private long left(String action) {
      long left = end - System.nanoTime();
      if (left <= 0) {
        throw new TransientFailure(
            action + ": not done within " + connection.longestCall().toMillis() + " ms");
      }
      return left;
    }
  }
}
