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

/** The functions, and the time in which each responds when everything hangs. */
enum DeployedFunction {
  /** Find, store, publish, create; count callbacks, register, read and note it, publish. */
  UPLOAD(8 * DeployedFunction.GRPC + DeployedFunction.STORAGE),
  /** Read, sign. */
  STATUS(DeployedFunction.GRPC + DeployedFunction.STORAGE),
  /** Begin a run, publish, confirm. */
  CONTROL(3 * DeployedFunction.GRPC),
  /** Find the items' images, create, carry, announce, read batch and items. */
  BATCH(6 * DeployedFunction.GRPC),
  /** As many as its time allows to begin, four queries, and three calls for the last of each. */
  SWEEP(DeployedFunction.SWEEP_TIME + 13 * DeployedFunction.GRPC),
  /** Claim, reserve units, classify, dead-letter, finish, announce. */
  CLASSIFY(5 * DeployedFunction.GRPC + DeployedFunction.CLASSIFIER),
  /** Give up, announce. */
  DEAD_LETTER(2 * DeployedFunction.GRPC),
  /** Begin, fetch, an upload, note, watch, note the end of item and batch, announce. */
  FETCH(11 * DeployedFunction.GRPC + DeployedFunction.STORAGE + DeployedFunction.OUTBOUND),
  /** Find the image, who waits for it, note the end of two items and their batches, announce. */
  PROGRESS(10 * DeployedFunction.GRPC),
  /** Find, announce to two, publish, note, claim, send, settle, put off. */
  NOTIFY(9 * DeployedFunction.GRPC + DeployedFunction.OUTBOUND);

  /** The deadline of one call of the ports to Firestore and Pub/Sub. */
  private static final int GRPC = 10;

  static final int STORAGE = 2;
  static final int CLASSIFIER = 2;
  static final int SWEEP_TIME = 5;
  static final int OUTBOUND = 1;

  private final Duration maxTime;

  DeployedFunction(int seconds) {
    this.maxTime = Duration.ofSeconds(seconds);
  }

  Duration maxTime() {
    return maxTime;
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
