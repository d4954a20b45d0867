package dev.whatsit.firestore;

/** The same where what gets lost is not tried again by the client: the caller asks again. */
class FirestoreRecordStoreUnansweredTest extends FirestoreRecordStoreTest {
  @Override
  Code status() {
    return Code.CANCELLED;
  }
}
