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

/** The functions, and the maximum response time of each when everything hangs. */
enum DeployedFunction {
  /**
   * Find, store, publish, create; count callbacks, register, read and record the callback, publish.
   */
  UPLOAD(8 * DeployedFunction.GRPC + DeployedFunction.STORAGE),
  /** Read, sign. */
  STATUS(DeployedFunction.GRPC + DeployedFunction.STORAGE),
  /** Begin a run, publish, confirm. */
  CONTROL(3 * DeployedFunction.GRPC),
  /** Find the items' images, create, record, publish, read batch and items. */
  BATCH(6 * DeployedFunction.GRPC),
  /**
   * The calls that it can begin in its time, four queries, and three calls for the last result of
   * each.
   */
  SWEEP(DeployedFunction.SWEEP_TIME + 13 * DeployedFunction.GRPC),
  /** Claim, reserve units, classify, dead-letter, finish, publish the completion. */
  CLASSIFY(5 * DeployedFunction.GRPC + DeployedFunction.CLASSIFIER),
  /** Set the error, publish the completion. */
  DEAD_LETTER(2 * DeployedFunction.GRPC),
  /** Begin, fetch, upload, record, watch, record the completion of item and batch, publish it. */
  FETCH(11 * DeployedFunction.GRPC + DeployedFunction.STORAGE + DeployedFunction.OUTBOUND),
  /**
   * Find the image and its waiting items, record the completion of two items and their batches,
   * publish it.
   */
  PROGRESS(10 * DeployedFunction.GRPC),
  /**
   * Find, start the notification of two subscribers, publish, record, claim, send, settle, defer.
   */
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
