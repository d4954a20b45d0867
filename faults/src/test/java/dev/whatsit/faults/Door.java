package dev.whatsit.faults;

import dev.whatsit.batch.BatchFunction;
import dev.whatsit.classify.ClassifyPushFunction;
import dev.whatsit.control.ControlFunction;
import dev.whatsit.deadletter.DeadLetterPushFunction;
import dev.whatsit.domain.backend.Backend;
import dev.whatsit.fetch.FetchPushFunction;
import dev.whatsit.http.HttpService;
import dev.whatsit.notify.NotifyPushFunction;
import dev.whatsit.progress.ProgressPushFunction;
import dev.whatsit.status.StatusFunction;
import dev.whatsit.sweep.SweepFunction;
import dev.whatsit.upload.UploadFunction;
import java.time.Duration;
import java.util.Map;

/** The functions, and how long each may take for an answer when everything hangs. */
enum Door {
  /** Find, store, publish, create; count callbacks, register, read and note it, publish. */
  UPLOAD(8 * Door.GRPC + Door.STORAGE),
  /** Read, sign. */
  STATUS(Door.GRPC + Door.STORAGE),
  /** Begin a run, publish, confirm. */
  CONTROL(3 * Door.GRPC),
  /** Find the items' images, create, carry, announce, read batch and items. */
  BATCH(6 * Door.GRPC),
  /** As many as its time allows to begin, four queries, and three calls for the last of each. */
  SWEEP(Door.SWEEP_TIME + 13 * Door.GRPC),
  /** Claim, reserve units, classify, dead-letter, finish, announce. */
  CLASSIFY(5 * Door.GRPC + Door.CLASSIFIER),
  /** Give up, announce. */
  DEAD_LETTER(2 * Door.GRPC),
  /** Begin, fetch, an upload, note, watch, note the end of item and batch, announce. */
  FETCH(11 * Door.GRPC + Door.STORAGE + Door.OUTBOUND),
  /** Find the image, who waits for it, note the end of two items and their batches, announce. */
  PROGRESS(10 * Door.GRPC),
  /** Find, announce to two, publish, note, claim, send, settle, put off. */
  NOTIFY(9 * Door.GRPC + Door.OUTBOUND);

  /** What the adapters of Firestore and Pub/Sub allow themselves for one call of their ports. */
  private static final int GRPC = 10;

  static final int STORAGE = 2;
  static final int CLASSIFIER = 2;
  static final int SWEEP_TIME = 5;
  static final int OUTBOUND = 1;

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
      case BATCH -> new BatchFunction(settings, backend);
      case FETCH -> new FetchPushFunction(settings, backend);
      case PROGRESS -> new ProgressPushFunction(settings, backend);
      case NOTIFY -> new NotifyPushFunction(settings, backend);
      case SWEEP -> new SweepFunction(settings, backend);
      case CLASSIFY -> new ClassifyPushFunction(settings, backend);
      case DEAD_LETTER -> new DeadLetterPushFunction(settings, backend);
    };
  }
}
