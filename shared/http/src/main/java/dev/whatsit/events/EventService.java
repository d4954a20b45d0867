package dev.whatsit.events;

import com.google.cloud.functions.CloudEventsFunction;
import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.queue.UnreadableMessage;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.http.EnvironmentWiring;
import dev.whatsit.http.GracefulShutdown;
import dev.whatsit.http.Health;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import io.cloudevents.CloudEvent;
import java.util.Map;

/**
 * Base class of an event function that receives CloudEvents, as Eventarc and {@code gcloud
 * functions deploy --trigger-topic --retry} deliver them. The Functions Framework creates the
 * concrete class through its public constructor without parameters.
 *
 * <p>A Pub/Sub push subscription calls the same use case through a second entry point, a {@link
 * PushService}. Thread-safe.
 */
public abstract class EventService implements CloudEventsFunction, AutoCloseable {
  private static final EventLog LOG = EventLog.of(EventService.class);

  private final Wired wired;
  private final GracefulShutdown shutdown = new GracefulShutdown();

  /**
   * What a function's wiring creates.
   *
   * @param messages handles each delivery
   * @param health checks the ports that the function needs
   * @param closing releases what the function holds besides its backend
   */
  public record Wired(MessageHandler messages, Health health, Runnable closing) {}

  /** Creates the parts of a function. */
  @FunctionalInterface
  public interface Wiring {
    /**
     * Creates the parts of a function.
     *
     * @throws InvalidSettings naming every wrong setting
     */
    Wired wire(Map<String, String> settings, Backend backend);
  }

  /**
   * Creates the function with settings from the environment and the backend that they choose, and
   * registers a graceful shutdown.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  protected EventService(Wiring wiring) {
    this(wiring, EnvironmentWiring.load());
  }

  private EventService(Wiring wiring, EnvironmentWiring environment) {
    this(wiring, environment.settings(), environment.backend());
    environment.closeAtShutdown(this);
  }

  /**
   * Creates the function with settings and a backend that the caller owns. The caller closes this
   * function and then the backend.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  protected EventService(Wiring wiring, Map<String, String> settings, Backend backend) {
    this.wired = wiring.wire(settings, backend);
  }

  /**
   * Handles one event.
   *
   * @throws NackException to nack the event; the framework responds with 500
   * @throws TransientFailure if a port cannot be reached; the event is nacked too
   */
  @Override
  public final void accept(CloudEvent event) {
    try (GracefulShutdown.InFlight inFlight = shutdown.enter()) {
      if (handle(event) == AckResult.RETRY) {
        throw new NackException(event.getId());
      }
    } catch (TransientFailure e) {
      LOG.warning("nacked, will be redelivered", Labels.of("event", event.getId()), e);
      throw e;
    }
  }

  private AckResult handle(CloudEvent event) {
    try {
      return wired.messages.handle(EventReader.fromCloudEvent(event));
    } catch (UnreadableMessage e) {
      ReceivedMessage unread =
          new ReceivedMessage(event.getId(), Map.of("event_type", event.getType()));
      return wired.messages.unreadable(unread, e);
    }
  }

  /**
   * Whether each part works, by its name. An event function serves no path for it; code that runs
   * the function in its own process can call this method.
   */
  public final Map<String, Boolean> health() {
    return wired.health.parts();
  }

  /**
   * Waits at most {@link GracefulShutdown#TIMEOUT} for events in flight, then releases what the
   * function holds.
   */
  @Override
  public final void close() {
    shutdown.await(GracefulShutdown.TIMEOUT);
    wired.closing.run();
  }
}
