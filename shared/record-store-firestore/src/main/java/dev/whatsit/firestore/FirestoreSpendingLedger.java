package dev.whatsit.firestore;

import dev.whatsit.domain.record.SpendingLedger;
import dev.whatsit.firestore.Documents.Step;
import java.util.Map;
import java.util.Set;

/**
 * Accounts in Firestore, one document each in the collection {@value #COLLECTION}, by two remote
 * calls for each reservation. Firestore takes about one write a second on one document for long:
 * callers reserve in blocks. Safe for use by several threads and processes.
 */
final class FirestoreSpendingLedger implements SpendingLedger {
  static final String COLLECTION = "spending";
  static final String UNITS = "units";

  private final Documents documents;

  FirestoreSpendingLedger(Documents documents) {
    this.documents = documents;
  }

  @Override
  public long reserve(String account, long units, long ceiling) {
    String name = documents.name(COLLECTION, account);
    return documents
        .change(
            "reserve units of " + account,
            name,
            null,
            document -> {
              long spent =
                  document == null ? 0 : new Fields(name, document.fields()).number(UNITS, 0);
              long granted = Math.max(0, Math.min(units, ceiling - spent));
              return granted == 0
                  ? new Step.Answer<>(0L)
                  : new Step.Put<>(
                      Map.of(UNITS, Fields.of(spent + granted)), Set.of(UNITS), granted);
            })
        .answer();
  }
}
