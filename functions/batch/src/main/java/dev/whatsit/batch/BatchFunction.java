package dev.whatsit.batch;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.http.HttpService;
import java.util.Map;

/**
 * The HTTP function behind {@code /v1/batches}: submits a batch, reports its state and that of its
 * callback, and redelivers the callback. Thread-safe.
 */
public final class BatchFunction extends HttpService {
  /** Creates the function from environment variables, as the Functions Framework does. */
  public BatchFunction() {
    super(BatchWiring::wire);
  }

  /** Creates the function with settings and a backend that the caller owns. */
  public BatchFunction(Map<String, String> settings, Backend backend) {
    super(BatchWiring::wire, settings, backend);
  }
}
