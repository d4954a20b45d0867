package dev.whatsit.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.whatsit.contracts.DocumentStoreContract;
import dev.whatsit.domain.document.DocumentCollection;
import dev.whatsit.domain.document.DocumentKey;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.document.Query;
import dev.whatsit.domain.document.Query.Direction;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteDocumentStoreTest extends DocumentStoreContract {
  private static final DocumentTables TABLES =
      DocumentTables.parse(
          """
          {
            "indexes": [
              {
                "collectionGroup": "contract_things",
                "fields": [
                  { "fieldPath": "colour", "order": "ASCENDING" },
                  { "fieldPath": "at", "order": "DESCENDING" }
                ]
              },
              {
                "collectionGroup": "contract_things",
                "fields": [
                  { "fieldPath": "tags", "arrayConfig": "CONTAINS" },
                  { "fieldPath": "at", "order": "ASCENDING" }
                ]
              }
            ],
            "fieldOverrides": [
              { "collectionGroup": "contract_things", "fieldPath": "group", "indexes": [{ "order": "ASCENDING" }] },
              { "collectionGroup": "contract_things", "fieldPath": "n", "indexes": [{ "order": "ASCENDING" }] },
              { "collectionGroup": "contract_things", "fieldPath": "labels", "indexes": [{ "arrayConfig": "CONTAINS" }] },
              { "collectionGroup": "contract_others", "fieldPath": "n", "indexes": [] }
            ]
          }
          """);

  private final FaultyConnector connector = new FaultyConnector();
  private Path file;
  private Database database;
  private Database otherDatabase;
  private SqliteDocumentStore store;

  @BeforeEach
  void open(@TempDir Path folder) throws IOException {
    file = folder.resolve("documents.db");
    database = Database.open(file, List.of(), true, connector);
    otherDatabase = Database.open(file, List.of(), true, Database.Connector.driver());
    store = new SqliteDocumentStore(database, TABLES);
  }

  @AfterEach
  void close() {
    database.close();
    otherDatabase.close();
  }

  @Override
  protected DocumentStore store() {
    return store;
  }

  @Override
  protected DocumentStore otherStore() {
    return new SqliteDocumentStore(otherDatabase, TABLES);
  }

  @Override
  protected void loseNextResponse() {
    connector.failAfter("COMMIT");
  }

  @Override
  protected AutoCloseable outage() {
    return connector.failEveryThird();
  }

  /** Another program holds the write lock, as a backup tool may. */
  @Override
  protected AutoCloseable hang() throws Exception {
    Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
    try (Statement statement = connection.createStatement()) {
      statement.execute("BEGIN IMMEDIATE");
    }
    return connection;
  }

  @Test
  void collectionOrListWithoutIndex_isRefused() {
    DocumentCollection unknown = new DocumentCollection("unknown", Set.of(), Set.of("tags"));

    assertThatThrownBy(() -> store.get(new DocumentKey(unknown, "a")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no collection unknown");
    assertThatThrownBy(
            () ->
                store.query(
                    Query.in(new DocumentCollection(THINGS.name(), Set.of(), Set.of("words")))
                        .whereContains("words", "cat")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no index of the list contract_things.words");
  }

  @Test
  void query_fieldThatIsNoName_isRefused() {
    assertThatThrownBy(() -> store.query(Query.in(THINGS).whereEqual("a') = 1 --", "x")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not the name of a field");
  }

  @Test
  void tables_ofTheProject_areMadeOfEveryCollectionOfItsList() {
    SqliteDocumentStore project = new SqliteDocumentStore(database, DocumentTables.ofProject());

    for (String collection : List.of("images", "batches", "batch_items", "callbacks", "spending")) {
      DocumentCollection documents = new DocumentCollection(collection, Set.of(), Set.of());
      assertThat(project.count(Query.in(documents))).as(collection).isZero();
    }
    assertThat(
            project.plan(
                Query.in(new DocumentCollection("images", Set.of(), Set.of()))
                    .whereEqual("status", "queued")
                    .orderBy("created_at", Direction.DESCENDING)))
        .containsExactly("SEARCH d USING INDEX images_by_status_asc_created_at_desc (<expr>=?)");
  }
}
