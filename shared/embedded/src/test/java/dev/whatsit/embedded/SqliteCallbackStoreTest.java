package dev.whatsit.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.whatsit.contracts.CallbackStoreContract;
import dev.whatsit.domain.callback.Callback;
import dev.whatsit.domain.callback.CallbackClaim;
import dev.whatsit.domain.callback.CallbackClaimResult;
import dev.whatsit.domain.callback.CallbackKind;
import dev.whatsit.domain.callback.CallbackStatus;
import dev.whatsit.domain.callback.CallbackStore;
import dev.whatsit.domain.callback.RegisterResult;
import dev.whatsit.domain.callback.Subject;
import dev.whatsit.domain.failure.TransientFailure;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteCallbackStoreTest extends CallbackStoreContract {
  private final FaultyConnector connector = new FaultyConnector();
  private Path file;
  private Database database;
  private Database otherDatabase;
  private SqliteCallbackStore store;
  private SqliteCallbackStore other;

  @BeforeEach
  void open(@TempDir Path folder) throws IOException {
    file = folder.resolve("callbacks.db");
    database = Database.open(file, SqliteCallbackStore.LAYOUT, connector);
    otherDatabase = Database.open(file, SqliteCallbackStore.LAYOUT, Database.Connector.driver());
    store = new SqliteCallbackStore(database);
    other = new SqliteCallbackStore(otherDatabase);
  }

  @AfterEach
  void close() {
    database.close();
    otherDatabase.close();
  }

  @Override
  protected CallbackStore store() {
    return store;
  }

  @Override
  protected CallbackStore otherStore() {
    return other;
  }

  @Override
  protected void loseNextAnswer() {
    connector.failAfter("COMMIT");
  }

  @Test
  void register_commitFails_failsForNowAndWritesNothing() {
    Callback fresh = callback();
    connector.failBefore("COMMIT");

    assertThatThrownBy(() -> store.register(fresh, 20, Samples.NOW))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("callback store: cannot register callback " + fresh.id());

    assertThat(other.register(fresh, 20, Samples.NOW))
        .isEqualTo(new RegisterResult.Registered(fresh));
  }

  @Test
  void register_atOnceThroughTwoObjects_neverExceedsTheMost() {
    Subject subject = new Subject("subject", 1);
    for (int i = 0; i < 3; i++) {
      CallbackStore one = i % 2 == 0 ? store : other;
      one.register(
          Callback.waiting(subject, CallbackKind.WEBHOOK, "https://example.org/" + i, Samples.NOW),
          2,
          Samples.NOW);
    }

    assertThat(store.list(subject, CallbackKind.WEBHOOK, 10, Samples.NOW)).hasSize(2);
  }

  @Test
  void releaseAll_heldByTheDead_isDueAtOnce() {
    Callback callback = callback();
    store.register(callback, 20, Samples.NOW);
    store.announce(callback.id(), "{}", Samples.NOW);
    store.claim(
        new CallbackClaim(callback.id(), "dead", Samples.NOW, Samples.NOW.plusSeconds(3600)));

    assertThat(other.releaseAll(Samples.NOW)).isEqualTo(1);

    assertThat(other.overdue(Samples.NOW, 10)).extracting(Callback::id).contains(callback.id());
    assertThat(
            other.claim(
                new CallbackClaim(callback.id(), "alive", Samples.NOW, Samples.NOW.plusSeconds(1))))
        .isInstanceOf(CallbackClaimResult.Granted.class);
  }

  @Test
  void list_askedForAnewAndSettledByTheVersionBefore_isThereAllTheSame() throws Exception {
    Callback callback = callback();
    store.register(callback, 20, Samples.NOW);
    store.announce(callback.id(), "{}", Samples.NOW);
    store.redeliver(callback.id(), Samples.NOW);
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      statement.executeUpdate(
          "UPDATE callbacks SET status = 'delivered', due_at = NULL, check_at = NULL");
    }

    assertThat(other.list(callback.subject(), CallbackKind.WEBHOOK, 10, Samples.NOW))
        .extracting(Callback::status, Callback::redelivery)
        .containsExactly(tuple(CallbackStatus.DELIVERED, null));
  }

  private static Callback callback() {
    return Callback.waiting(
        new Subject("subject", 1), CallbackKind.WEBHOOK, "https://example.org/hook", Samples.NOW);
  }
}
