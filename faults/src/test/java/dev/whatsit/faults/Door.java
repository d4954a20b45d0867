package dev.whatsit.faults;

import dev.whatsit.classify.ClassifyPushFunction;
import dev.whatsit.control.ControlFunction;
import dev.whatsit.deadletter.DeadLetterPushFunction;
import dev.whatsit.domain.backend.Backend;
import dev.whatsit.http.HttpService;
import dev.whatsit.status.StatusFunction;
import dev.whatsit.sweep.SweepFunction;
import dev.whatsit.upload.UploadFunction;
import java.time.Duration;
import java.util.Map;

/** The functions, and how long each may take for an answer when everything hangs. */
enum Door {
  /** Find, store, publish, create. */
  UPLOAD(3 * Door.GRPC + Door.STORAGE),
  /** Read, sign. */
  STATUS(Door.GRPC + Door.STORAGE),
  /** Begin a run, publish, confirm. */
  CONTROL(3 * Door.GRPC),
  /** As many records as its time allows to begin, and two calls for the last. */
  SWEEP(Door.SWEEP_TIME + 2 * Door.GRPC),
  /** Claim, reserve units, classify, dead-letter, finish. */
  CLASSIFY(4 * Door.GRPC + Door.CLASSIFIER),
  /** Give up. */
  DEAD_LETTER(Door.GRPC);

  /** What the adapters of Firestore and Pub/Sub allow themselves for one call of their ports. */
  private static final int GRPC = 10;

  static final int STORAGE = 2;
  static final int CLASSIFIER = 2;
  static final int SWEEP_TIME = 5;

  private final Duration longest;

  Door(int seconds) {
    this.longest = Duration.ofSeconds(seconds);
  }

  Duration longest() {
    return longest;
  }

  HttpService open(Map<String, String> settings, Backend backend) {
    return switch (this) {
      case UPLOAD -> new UploadFunction(settings, backend);
      case STATUS -> new StatusFunction(settings, backend);
      case CONTROL -> new ControlFunction(settings, backend);
      case SWEEP -> new SweepFunction(settings, backend);
      case CLASSIFY -> new ClassifyPushFunction(settings, backend);
      case DEAD_LETTER -> new DeadLetterPushFunction(settings, backend);
    };
  }
}
