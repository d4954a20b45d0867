package dev.whatsit.batch;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.http.HttpService;
import java.util.Map;

/**
 * The HTTP function behind {@code /v1/batches}: submits, tells where a batch stands and what became
 * of its callback, and sends that again. Thread-safe.
 */
public final class BatchFunction extends HttpService {
  /**
   * As the Functions Framework builds it.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public BatchFunction() {
    super(BatchWiring::wire);
  }

  /**
   * With settings and a backend that the caller owns, who closes this and then the backend.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public BatchFunction(Map<String, String> settings, Backend backend) {
    super(BatchWiring::wire, settings, backend);
  }
}
