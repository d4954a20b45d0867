package dev.whatsit.upload;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.http.HttpService;
import java.util.Map;

/** The HTTP function behind {@code POST /v1/images}. Thread-safe. */
public final class UploadFunction extends HttpService {
  /**
   * Creates the function from environment variables, as the Functions Framework does.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public UploadFunction() {
    super(UploadWiring::wire);
  }

  /**
   * Creates the function with the caller's settings and backend. The caller closes the function
   * first, then the backend.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public UploadFunction(Map<String, String> settings, Backend backend) {
    super(UploadWiring::wire, settings, backend);
  }
}
