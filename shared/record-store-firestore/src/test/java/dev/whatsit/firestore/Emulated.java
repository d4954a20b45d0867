package dev.whatsit.firestore;

import java.time.Duration;
import java.util.UUID;

/** A database of its own in the emulator, and one process's connection to it. */
final class Emulated implements AutoCloseable {
  private final Wire wire;
  private final FirestoreSettings settings;
  private final FirestoreConnection connection;

  private Emulated(FirestoreSettings settings, Duration longestCall) {
    this.settings = settings;
    this.wire = new Wire(FirestoreConnection.wire(settings));
    this.connection = new FirestoreConnection(longestCall, wire);
  }

  static Emulated fresh(String hostPort) {
    return fresh(hostPort, FirestoreConnection.LONGEST_CALL);
  }

  static Emulated fresh(String hostPort, Duration longestCall) {
    String project = "whatsit-" + UUID.randomUUID();
    return new Emulated(new FirestoreSettings(project, "(default)", hostPort), longestCall);
  }

  /** The same database as another process sees it. */
  Emulated other() {
    return new Emulated(settings, connection.longestCall());
  }

  Wire wire() {
    return wire;
  }

  FirestoreConnection connection() {
    return connection;
  }

  Documents documents() {
    return new Documents(connection, settings.databaseName());
  }

  FirestoreRecordStore records() {
    return new FirestoreRecordStore(documents());
  }

  FirestoreBatchStore batches() {
    return new FirestoreBatchStore(documents());
  }

  FirestoreCallbackStore callbacks() {
    return new FirestoreCallbackStore(documents());
  }

  FirestoreSpendingLedger spending() {
    return new FirestoreSpendingLedger(documents());
  }

  @Override
  public void close() {
    connection.close();
  }
}
