package dev.whatsit.stores;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.whatsit.contracts.FaultyDocumentStore;
import dev.whatsit.contracts.Samples;
import dev.whatsit.domain.document.Document;
import dev.whatsit.domain.document.DocumentKey;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.document.Write;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The common part of the contract suites of the domain's stores: the document store under them.
 * Every test writes its own documents, so that a suite can run on a store that is in use.
 */
abstract class StoreSuite {
  private static final String UNKNOWN = "of_a_later_version";

  private @Nullable FaultyDocumentStore faulty;

  private final Supplier<DocumentStore> documents;
  private final Supplier<DocumentStore> otherDocuments;

  /**
   * Creates a suite on a store.
   *
   * @param otherDocuments the same store as another process sees it
   */
  StoreSuite(Supplier<DocumentStore> documents, Supplier<DocumentStore> otherDocuments) {
    this.documents = documents;
    this.otherDocuments = otherDocuments;
  }

  DocumentStore documents() {
    return documents.get();
  }

  DocumentStore otherDocuments() {
    return otherDocuments.get();
  }

  /** A faulty store over {@link #documents}. */
  FaultyDocumentStore faulty() throws Exception {
    if (faulty == null) {
      faulty = new FaultyDocumentStore(documents());
    }
    return faulty;
  }

  /** Asserts the calls of the store since the last assertion. */
  void assertCalls(String... calls) throws Exception {
    assertThat(faulty().take()).containsExactly(calls);
  }

  Document stored(DocumentKey key) throws Exception {
    return documents().get(key).orElseThrow();
  }

  /** Makes a document unreadable for this version. */
  void spoil(DocumentKey key, String field) throws Exception {
    edit(key, fields -> fields.addProperty(field, UNKNOWN));
  }

  void edit(DocumentKey key, Consumer<JsonObject> edit) throws Exception {
    Document document = stored(key);
    JsonObject fields = document.fields().deepCopy();
    edit.accept(fields);
    assertThat(documents().commit(List.of(new Write.Put(key, fields, document.version()))))
        .isPresent();
  }

  void remove(DocumentKey key) throws Exception {
    assertThat(documents().commit(List.of(new Write.Delete(key, stored(key).version()))))
        .isPresent();
  }

  /** Asserts that a call writes a document and keeps fields that this version does not know. */
  void assertKeepsUnknown(DocumentKey key, Callable<?> call) throws Exception {
    String value = Samples.id("kept");
    edit(key, fields -> fields.addProperty(UNKNOWN, value));
    Document before = stored(key);
    call.call();
    Document after = stored(key);
    assertThat(after.fields().get("write_id")).isNotEqualTo(before.fields().get("write_id"));
    assertThat(after.fields().get(UNKNOWN).getAsString()).isEqualTo(value);
  }

  /** A step that a test does as another caller. */
  @FunctionalInterface
  interface Interference {
    void run() throws Exception;
  }

  static Runnable interfering(Interference step) {
    return () -> {
      try {
        step.run();
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    };
  }
}
