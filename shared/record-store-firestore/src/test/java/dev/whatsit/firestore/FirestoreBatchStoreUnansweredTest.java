package dev.whatsit.firestore;

import io.grpc.Status;

/** The same where what gets lost is not tried again by the client: the caller asks again. */
class FirestoreBatchStoreUnansweredTest extends FirestoreBatchStoreTest {
  @Override
  Status status() {
    return Status.UNKNOWN;
  }
}
