package dev.whatsit.upload;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.http.HttpService;
import java.util.Map;

/** The HTTP function behind {@code POST /v1/images}. Thread-safe. */
public final class UploadFunction extends HttpService {
  /**
   * As the Functions Framework builds it.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public UploadFunction() {
    super(UploadWiring::wire);
  }

  /**
   * With settings and a backend that the caller owns, who closes this and then the backend.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public UploadFunction(Map<String, String> settings, Backend backend) {
    super(UploadWiring::wire, settings, backend);
  }
}
