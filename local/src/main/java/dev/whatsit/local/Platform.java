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
 * What a local server stands on: where images, records and messages are kept, and who delivers the
 * messages. It is opened once, then asked for the rest. Not thread-safe.
 */
interface Platform extends AutoCloseable {
  /**
   * Makes everything ready to be used.
   *
   * @throws InvalidSettings naming every wrong setting of its own
   * @throws IllegalStateException saying what is missing on this machine
   */
  void open(Settings settings, Clock clock);

  /** The settings that functions are built with, those of the caller among them. */
  Map<String, String> functionSettings(Map<String, String> values);

  /** The adapters, which functions share. */
  Backend backend();

  /**
   * The event functions, and who delivers to them.
   *
   * @param values as {@link #functionSettings} gives them
   * @throws InvalidSettings naming every wrong setting of these functions
   */
  Deliveries deliveries(Map<String, String> values, LocalSettings local, Clock clock);

  /**
   * How often the sweep is called where {@code SWEEP_SECONDS} is not set. Where nobody else brings
   * what is due, it decides how exactly that starts.
   */
  Duration sweepInterval();

  /** Removes what has expired, where nothing else does. Called before each sweep. */
  void removeExpired(Instant now);

  /** What the gateway serves under image links; null when links lead elsewhere. */
  Gateway.@Nullable Content content();

  /** What a user should know of this platform once it is open, a sentence a line. */
  List<String> greeting();

  /** What becomes of everything after {@link #close}, a sentence. */
  String farewell();

  /** Closes what {@link #open} opened. */
  @Override
  void close();
}
