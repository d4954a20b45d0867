package dev.whatsit.local;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.Backends;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.embedded.EmbeddedBackend;
import dev.whatsit.embedded.EmbeddedStores;
import dev.whatsit.local.gateway.Gateway;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The embedded backend: all data in one folder, and dispatchers in this process. */
final class EmbeddedPlatform implements Platform {
  /** The name by which a user selects this platform. */
  static final String NAME = "embedded";

  private final EmbeddedBackend backend = new EmbeddedBackend();
  private @Nullable EmbeddedStores stores;

  /** Opens the stores and requeues the work that was in flight when the previous process ended. */
  @Override
  public void open(Settings settings, Clock clock) {
    EmbeddedStores opened = backend.stores(settings);
    opened.recover(clock.instant());
    stores = opened;
  }

  @Override
  public Map<String, String> functionSettings(Map<String, String> values) {
    Map<String, String> all = new HashMap<>(values);
    all.put(Backends.SETTING, backend.name());
    return all;
  }

  @Override
  public Backend backend() {
    return backend;
  }

  @Override
  public Deliveries deliveries(Map<String, String> values, LocalSettings local, Clock clock) {
    return new DispatchedDeliveries(
        values, backend, () -> Objects.requireNonNull(stores, "not open"), local, clock);
  }

  /** One minute: the queue delivers deferred messages itself, the sweep finds only stalled work. */
  @Override
  public Duration sweepInterval() {
    return Duration.ofMinutes(1);
  }

  @Override
  public void removeExpired(Instant now) {
    Objects.requireNonNull(stores, "not open").removeExpired(now);
  }

  @Override
  public Gateway.@Nullable Content content() {
    EmbeddedStores opened = stores;
    return opened == null
        ? null
        : new Gateway.Content(
            opened.links(), opened.images(), opened.thumbnailLinks(), opened.thumbnails());
  }

  @Override
  public List<String> greeting() {
    return List.of();
  }

  @Override
  public String farewell() {
    return "The data is kept.";
  }

  @Override
  public void close() {
    backend.close();
  }
}
