package dev.whatsit.classify;

import com.google.cloud.functions.CloudEventsFunction;
import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.queue.UnreadableMessage;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.events.EventReader;
import dev.whatsit.events.ReceivedMessage;
import dev.whatsit.http.Drain;
import dev.whatsit.http.EnvironmentWiring;
import io.cloudevents.CloudEvent;
import java.util.Map;

/**
 * The event function as Eventarc and {@code gcloud functions deploy --trigger-topic --retry} call
 * it, with CloudEvents. Safe for use by several threads.
 */
public final class ClassifyFunction implements CloudEventsFunction, AutoCloseable {
  private final ClassifyWiring wiring;
  private final Drain drain = new Drain();

  /**
   * As the Functions Framework builds it: settings from the environment, the backend and classifier
   * that they choose, and a drain at shutdown.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public ClassifyFunction() {
    this(EnvironmentWiring.load());
  }

  private ClassifyFunction(EnvironmentWiring environment) {
    this(environment.settings(), environment.backend());
    environment.closeAtShutdown(this);
  }

  /**
   * With settings and a backend that the caller owns, who closes this and then the backend.
   *
   * @throws InvalidSettings naming every wrong setting
   */
  public ClassifyFunction(Map<String, String> settings, Backend backend) {
    this.wiring = ClassifyWiring.of(settings, backend);
  }

  /**
   * Handles one event.
   *
   * @throws RedeliveryWanted when the event must come again; the framework answers 500 to it
   */
  @Override
  public void accept(CloudEvent event) {
    try (Drain.InFlight inFlight = drain.enter()) {
      Disposition disposition;
      try {
        disposition = wiring.classifyImage().handle(EventReader.fromCloudEvent(event));
      } catch (UnreadableMessage e) {
        ReceivedMessage unread =
            new ReceivedMessage(event.getId(), Map.of("event_type", event.getType()));
        disposition = wiring.classifyImage().unreadable(unread, e);
      }
      if (disposition == Disposition.RETRY) {
        // An event function has no other way to say so than to fail.
        throw new RedeliveryWanted(event.getId());
      }
    }
  }

  /**
   * Whether each part works, by its name. An event function serves no path for it; who runs it in a
   * process of his own can ask here.
   */
  public Map<String, Boolean> health() {
    return wiring.health().parts();
  }

  /** Waits for events in flight, for a bounded time, then closes the classifier. */
  @Override
  public void close() {
    drain.await(Drain.LONGEST);
    wiring.close();
  }
}
