package dev.whatsit.stores;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.whatsit.contracts.FaultyDocumentStore;
import dev.whatsit.domain.failure.TransientFailure;
import java.util.concurrent.Callable;

/** What a caller sees of a commit that was made and whose response was lost. */
enum Lost {
  /** A retry below the port found the write of the first try. */
  REPORTED_AS_CONFLICT,

  /** A failure, after which the caller repeats its call. */
  THROWN;

  /** What a call gives whose commit has this fate. */
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
