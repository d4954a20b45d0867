package dev.whatsit.thumbnail;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.events.PushService;
import java.util.Map;

/** HTTP entry point of {@link ThumbnailFunction} for a Pub/Sub push subscription. Thread-safe. */
public final class ThumbnailPushFunction extends PushService {
  /** Creates the function from environment variables, as the Functions Framework does. */
  public ThumbnailPushFunction() {
    super(ThumbnailWiring::wire);
  }

  /** Creates the function with settings and a backend that the caller owns. */
  public ThumbnailPushFunction(Map<String, String> settings, Backend backend) {
    super(ThumbnailWiring::wire, settings, backend);
  }
}
