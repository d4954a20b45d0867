package dev.whatsit.firestore;

/** The same where what gets lost is not tried again by the client: the caller asks again. */
class FirestoreBatchStoreUnansweredTest extends FirestoreBatchStoreTest {
  @Override
  Code status() {
    return Code.CANCELLED;
  }
}
