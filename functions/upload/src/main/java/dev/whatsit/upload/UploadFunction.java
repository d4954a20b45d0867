package dev.whatsit.upload;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.http.HttpService;
import java.util.Map;

/** The HTTP function behind {@code POST /v1/images}. Thread-safe. */
public final class UploadFunction extends HttpService {
  /** Creates the function from environment variables, as the Functions Framework does. */
  public UploadFunction() {
    super(UploadWiring::wire);
  }

  /** Creates the function with settings and a backend that the caller owns. */
  public UploadFunction(Map<String, String> settings, Backend backend) {
    super(UploadWiring::wire, settings, backend);
  }
}
