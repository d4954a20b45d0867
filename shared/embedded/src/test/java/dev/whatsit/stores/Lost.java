package dev.whatsit.stores;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.whatsit.contracts.FaultyDocumentStore;
import dev.whatsit.domain.failure.TransientFailure;
import java.util.concurrent.Callable;

/** What a caller gets if the response of a successful commit is lost. */
enum Lost {
  /** A conflict: a retry below the port found the write of the first attempt. */
  REPORTED_AS_CONFLICT,

  /** A failure, after which the caller retries. */
  THROWN;

  /** Runs a call and loses the response of its next commit in this way. */
  <T> T of(FaultyDocumentStore store, Callable<T> call) throws Exception {
    if (this == REPORTED_AS_CONFLICT) {
      store.reportNextCommitAsConflict();
    } else {
      store.loseNextResponse();
      assertThatThrownBy(call::call).isInstanceOf(TransientFailure.class);
    }
    return call.call();
  }
}
