package dev.whatsit.events;

import com.google.cloud.functions.CloudEventsFunction;
import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.queue.UnreadableMessage;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.http.Drain;
import dev.whatsit.http.EnvironmentWiring;
import dev.whatsit.http.Health;
import dev.whatsit.http.HttpService;
import dev.whatsit.http.Routes;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import io.cloudevents.CloudEvent;
import java.util.Map;

/**
 * An event function as Eventarc and {@code gcloud functions deploy --trigger-topic --retry} call
 * it, with CloudEvents. The Functions Framework builds the concrete class through its public
 * constructor without parameters.
 *
 * <p>A Pub/Sub push subscription calls the same function by another door, {@link Wired#pushDoor()},
 * an HTTP function: the framework answers 500 to a plain push that it should turn into a CloudEvent
 * (functions-framework-java issue 375). Thread-safe.
 */
public abstract class EventService implements CloudEventsFunction, AutoCloseable {
  private static final EventLog LOG = EventLog.of(EventService.class);

  private final Wired wired;
  private final Drain drain = new Drain();

  /**
   * What a wiring makes.
   *
   * @param messages what is done with a delivery
   * @param health of the ports that it needs
   * @param closing gives back what the function holds beside its backend
   */
  public record Wired(MessageHandler messages, Health health, Runnable closing) {
    /** The function as a push subscription calls it, with its health beside it. */
    public HttpService.Wired pushDoor() {
      return new HttpService.Wired(
          health.addTo(new Routes()).at("POST", "/", new PushDoor(messages)), closing);
    }
  }

  /** Puts a function together. */
  @FunctionalInterface
  public interface Wiring {
    /**
     * Puts a function together.
     *
     * @throws InvalidSettings naming every wrong setting
     */
    Wired wire(Map<String, String> settings, Backend backend);
  }

  /**
   * Settings from the environment, the backend that they choose, and a drain at shutdown.
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
   * With settings and a backend that the caller owns, who closes this and then the backend.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  protected EventService(Wiring wiring, Map<String, String> settings, Backend backend) {
    this.wired = wiring.wire(settings, backend);
  }

  /**
   * Handles one event.
   *
   * @throws RedeliveryWanted when the event must come again; the framework answers 500 to it
   * @throws TransientFailure the same, because a port cannot be reached
   */
  @Override
  public final void accept(CloudEvent event) {
    try (Drain.InFlight inFlight = drain.enter()) {
      if (handle(event) == AckResult.RETRY) {
        // An event function has no other way to say so than to fail.
        throw new RedeliveryWanted(event.getId());
      }
    } catch (TransientFailure e) {
      LOG.warning("must come again", Labels.of("event", event.getId()), e);
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
   * Whether each part works, by its name. An event function serves no path for it; who runs it in a
   * process of his own can ask here.
   */
  public final Map<String, Boolean> health() {
    return wired.health.parts();
  }

  /** Waits for events in flight, for a bounded time, then gives back what the function holds. */
  @Override
  public final void close() {
    drain.await(Drain.TIMEOUT);
    wired.closing.run();
  }
}
