package dev.whatsit.local;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.Backends;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.RunningEmulator;
import dev.whatsit.local.gateway.Gateway;
import dev.whatsit.local.push.PushSubscriptions;
import dev.whatsit.storage.fake.FakeStorage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Google's adapters on Google's emulators of Pub/Sub and Firestore and on a fake of Cloud Storage
 * over the data folder. The emulators at {@code PUBSUB_EMULATOR_HOST} and {@code
 * FIRESTORE_EMULATOR_HOST} are used, and those not set are started. No data leaves this machine.
 */
final class EmulatorPlatform implements Platform {
  /** The name by which a user selects this platform. */
  static final String NAME = "emulators";

  private static final String BACKEND = "google";
  private static final String STORAGE = "STORAGE_EMULATOR_HOST";
  private static final String BUCKET = "IMAGE_BUCKET";
  private static final String PROJECT = "GOOGLE_CLOUD_PROJECT";
  private static final String DATA = "WHATSIT_DATA";

  /** Default names of resources. Any will do; those of a real project do not affect it. */
  private static final Map<String, String> NAMES =
      Map.of(
          PROJECT,
          "whatsit-local",
          BUCKET,
          "whatsit-images",
          "WORK_TOPIC",
          "whatsit-work",
          "DEAD_LETTER_TOPIC",
          "whatsit-dead-letters",
          "RESULTS_TOPIC",
          "whatsit-results",
          "FETCH_TOPIC",
          "whatsit-fetches");

  private static final String FOLDER = "cloud-storage";

  private final Map<String, String> environment;
  private final Backend backend = Backends.choose(Settings.of(Map.of(Backends.SETTING, BACKEND)));
  private final CloseableStack opened = new CloseableStack();

  /** Addresses of the opened services, by the setting that passes each to the functions. */
  private final Map<String, String> hosts = new LinkedHashMap<>();

  private final List<String> greeting = new ArrayList<>();
  private boolean ownsEmulators;
  private @Nullable PushSubscriptions subscriptions;

  /** Creates the platform. The environment also says where the Google Cloud SDK is. */
  EmulatorPlatform(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  @Override
  public void open(Settings settings, Clock clock) {
    List<Emulator> absent =
        Stream.of(Emulator.values()).filter(one -> !one.isAvailable(environment)).toList();
    if (!absent.isEmpty()) {
      throw new IllegalStateException(notInstalled(absent));
    }
    Optional<String> storage = settings.find(STORAGE);
    if (storage.isEmpty()) {
      openStorage(settings, clock);
    } else {
      greeting.add("Cloud Storage: " + storage.get() + ", which is used as it is");
    }
    String pubSub = start(Emulator.PUB_SUB, "Pub/Sub");
    start(Emulator.FIRESTORE, "Firestore");
    opened.keep(() -> Backends.close(backend));
    subscriptions = new PushSubscriptions(pubSub, named(settings, PROJECT));
    if (ownsEmulators) {
      greeting.add("What the emulators hold ends with them: every record, and what is queued.");
    }
  }

  private void openStorage(Settings settings, Clock clock) {
    Path data = settings.path(DATA, Path.of("data")).toAbsolutePath().normalize();
    String bucket = named(settings, BUCKET);
    try {
      FakeStorage storage =
          opened.keep(FakeStorage.start(data.resolve(FOLDER), 0, clock, Set.of(bucket)));
      hosts.put(STORAGE, storage.endpoint().toString());
      greeting.add("Cloud Storage: a fake at " + storage.endpoint() + ", over the data folder");
    } catch (IllegalArgumentException e) {
      throw settings.refusal(BUCKET, "is " + bucket + ", must be a bucket's name without gs://");
    } catch (IOException e) {
      throw settings.refusal(
          DATA,
          "is "
              + data
              + ", which cannot be used ("
              + e
              + "); name a folder of a local disk that this user may create and write to");
    }
  }

  /** Starts an emulator, or finds the running one, and returns its {@code host:port}. */
  private String start(Emulator emulator, String service) {
    RunningEmulator running =
        opened.keep(
            emulator
                .start(environment)
                .orElseThrow(() -> new IllegalStateException(notInstalled(List.of(emulator)))));
    ownsEmulators |= running.isOwn();
    hosts.put(emulator.hostVariable(), running.hostPort());
    greeting.add(
        service
            + ": Google's emulator at "
            + running.hostPort()
            + (running.isOwn() ? ", started here" : ", which was running"));
    return running.hostPort();
  }

  private static String notInstalled(List<Emulator> absent) {
    String components = joined(absent, Emulator::component, " ");
    return "the Google Cloud SDK has no "
        + joined(absent, Emulator::component, " and no ")
        + " here: install the SDK and run gcloud components install "
        + components
        + ", or start the emulators yourself and set "
        + joined(absent, Emulator::hostVariable, " and ");
  }

  private static String joined(
      List<Emulator> emulators, Function<Emulator, String> what, String between) {
    return emulators.stream().map(what).collect(Collectors.joining(between));
  }

  private static String named(Settings settings, String name) {
    return settings.text(name, NAMES.getOrDefault(name, ""));
  }

  @Override
  public Map<String, String> functionSettings(Map<String, String> values) {
    Map<String, String> all = new HashMap<>(NAMES);
    values.forEach(
        (name, value) -> {
          // A blank setting counts as not set.
          if (!value.isBlank() || !NAMES.containsKey(name)) {
            all.put(name, value);
          }
        });
    all.put(Backends.SETTING, BACKEND);
    all.putAll(hosts);
    return all;
  }

  @Override
  public Backend backend() {
    return backend;
  }

  @Override
  public Deliveries deliveries(Map<String, String> values, LocalSettings local, Clock clock) {
    return new PushedDeliveries(
        values, backend, () -> Objects.requireNonNull(subscriptions, "not open"), local);
  }

  /** One second: without a Cloud Tasks emulator, only the sweep publishes due messages. */
  @Override
  public Duration sweepInterval() {
    return Duration.ofSeconds(1);
  }

  /** Does nothing: the emulator keeps documents until it stops. */
  @Override
  public void removeExpired(Instant now) {}

  @Override
  public Gateway.@Nullable Content content() {
    return null;
  }

  @Override
  public List<String> greeting() {
    return List.copyOf(greeting);
  }

  @Override
  public String farewell() {
    return ownsEmulators
        ? "The images are kept; the emulators have ended, with what they held."
        : "The images are kept.";
  }

  @Override
  public void close() {
    opened.close();
  }
}
