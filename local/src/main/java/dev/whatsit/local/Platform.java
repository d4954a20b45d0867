package dev.whatsit.local;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.local.gateway.Gateway;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a local server runs on: the stores of images, records and messages, and the delivery of
 * messages. {@link #open} is called once, before the other methods. Not thread-safe.
 */
interface Platform extends AutoCloseable {
  /**
   * Opens the stores and starts what the platform needs.
   *
   * @throws InvalidSettings naming every wrong setting of the platform
   * @throws IllegalStateException naming what is missing on this machine
   */
  void open(Settings settings, Clock clock);

  /** The settings that functions are built with: the given values and the platform's own. */
  Map<String, String> functionSettings(Map<String, String> values);

  /** The adapters, shared by all functions. */
  Backend backend();

  /**
   * Builds the event functions and their message delivery.
   *
   * @param values as returned by {@link #functionSettings}
   * @throws InvalidSettings naming every wrong setting of these functions
   */
  Deliveries deliveries(Map<String, String> values, LocalSettings local, Clock clock);

  /**
   * The interval of the sweep if {@code SWEEP_SECONDS} is not set. If only the sweep publishes due
   * work, the interval is the maximum delay of that work.
   */
  Duration sweepInterval();

  /** Removes expired documents if nothing else does. Called before each sweep. */
  void removeExpired(Instant now);

  /** What the gateway serves under image links; null if they do not lead to the gateway. */
  Gateway.@Nullable Content content();

  /** Notes for the user on the opened platform, one sentence per line. */
  List<String> greeting();

  /** One sentence on what data remains after {@link #close}. */
  String farewell();

  /** Closes what {@link #open} opened. */
  @Override
  void close();
}
