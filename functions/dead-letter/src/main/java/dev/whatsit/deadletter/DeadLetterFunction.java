package dev.whatsit.deadletter;

import com.google.cloud.functions.CloudEventsFunction;
import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.queue.UnreadableMessage;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.events.EventReader;
import dev.whatsit.events.ReceivedMessage;
import dev.whatsit.http.Drain;
import dev.whatsit.http.EnvironmentWiring;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import io.cloudevents.CloudEvent;
import java.util.Map;

/**
 * The event function on the dead-letter topic, as Eventarc and {@code gcloud functions deploy
 * --trigger-topic --retry} call it, with CloudEvents. It has a subscription of its own, so that
 * what it acknowledges stays in that from which operators replay. Safe for use by several threads.
 */
public final class DeadLetterFunction implements CloudEventsFunction, AutoCloseable {
  private static final EventLog LOG = EventLog.of(DeadLetterFunction.class);

  private final DeadLetterWiring wiring;
  private final Drain drain = new Drain();

  /**
   * As the Functions Framework builds it: settings from the environment, the backend that they
   * choose, and a drain at shutdown.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public DeadLetterFunction() {
    this(EnvironmentWiring.load());
  }

  private DeadLetterFunction(EnvironmentWiring environment) {
    this(environment.settings(), environment.backend());
    environment.closeAtShutdown(this);
  }

  /**
   * With settings and a backend that the caller owns, who closes this and then the backend.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public DeadLetterFunction(Map<String, String> settings, Backend backend) {
    this.wiring = DeadLetterWiring.of(settings, backend);
  }

  /**
   * Handles one dead letter.
   *
   * @throws TransientFailure when the event must come again; the framework answers 500 to it
   */
  @Override
  public void accept(CloudEvent event) {
    try (Drain.InFlight inFlight = drain.enter()) {
      ReceivedMessage letter;
      try {
        letter = EventReader.fromCloudEvent(event);
      } catch (UnreadableMessage e) {
        wiring.endGivenUp().unreadable(new ReceivedMessage(event.getId(), Map.of()), e);
        return;
      }
      wiring.endGivenUp().handle(letter);
    } catch (TransientFailure e) {
      LOG.warning("must come again", Labels.of("event", event.getId()), e);
      throw e;
    }
  }

  /** Whether each part works, by its name: what the push door answers under its health path. */
  public Map<String, Boolean> health() {
    return wiring.health().parts();
  }

  /** Waits for events in flight, for a bounded time. */
  @Override
  public void close() {
    drain.await(Drain.LONGEST);
  }
}
