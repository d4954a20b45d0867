package dev.whatsit.upload;

import dev.whatsit.domain.callback.Callback;
import dev.whatsit.domain.callback.CallbackKind;
import dev.whatsit.domain.callback.CallbackStatus;
import dev.whatsit.domain.callback.CallbackStore;
import dev.whatsit.domain.callback.PublishImageCompleted;
import dev.whatsit.domain.callback.RegisterResult;
import dev.whatsit.domain.callback.Subject;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.http.FieldErrors;
import dev.whatsit.http.Problem;
import dev.whatsit.http.ProblemException;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import dev.whatsit.outbound.AddressGuard;
import dev.whatsit.outbound.OutboundClient;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Registers the callback of a submission in two port calls: first the callback, then the image's
 * record. If the record is final by then, its completion is published at once. Thread-safe.
 */
final class CallbackRegistration {
  /** How many callbacks an image may have in one run. */
  static final int MAX_CALLBACKS = 20;

  /** How many runs a registration follows: one that begins meanwhile is rare, two improbable. */
  private static final int MAX_RUNS = 3;

  private static final EventLog LOG = EventLog.of(CallbackRegistration.class);

  private final RecordStore records;
  private final CallbackStore callbacks;
  private final PublishImageCompleted publishImageCompleted;
  private final OutboundClient outbound;

  CallbackRegistration(
      RecordStore records,
      CallbackStore callbacks,
      PublishImageCompleted publishImageCompleted,
      OutboundClient outbound) {
    this.records = records;
    this.callbacks = callbacks;
    this.publishImageCompleted = publishImageCompleted;
    this.outbound = outbound;
  }

  /** Checks a URL's form, and records why it is refused. Makes no remote call. */
  void check(@Nullable String url, FieldErrors errors) {
    if (url != null && outbound.check(url) instanceof AddressGuard.Refused refused) {
      errors.add(
          SubmissionOptions.CALLBACK_URL,
          "CALLBACK_URL_" + refused.reason().name(),
          refused.detail());
    }
  }

  /**
   * Registers the callback of a submission, if it has one. Its URL was checked before.
   *
   * @return the record as it then stands
   * @throws ProblemException 422 if the run already has {@value #MAX_CALLBACKS} callbacks
   * @throws TransientFailure if a port cannot be reached; the same submission may be repeated
   */
  ImageRecord register(
      ImageRecord submitted, SubmissionOptions options, Instant now, Labels request) {
    String url = options.callbackUrl();
    if (url == null) {
      return submitted;
    }
    String target =
        outbound.check(url) instanceof AddressGuard.Accepted accepted ? accepted.url().full() : url;
    Callback fresh =
        Callback.waiting(
            Subject.of(submitted.hash(), submitted.run()), CallbackKind.WEBHOOK, target, now);
    RegisterResult result = callbacks.register(fresh, MAX_CALLBACKS, now);
    if (result instanceof RegisterResult.TooMany) {
      throw tooMany();
    }
    Labels labels = request.and("callback", fresh.id());
    if (result instanceof RegisterResult.Exists exists
        && exists.callback().status() != CallbackStatus.WAITING) {
      LOG.info("callback known", labels);
      return submitted;
    }
    int run = submitted.run();
    for (int i = 0; i < MAX_RUNS; i++) {
      ImageRecord record =
          records
              .watch(submitted.hash(), run, now)
              .orElseThrow(
                  () -> new TransientFailure("the record of " + submitted.hash() + " has gone"));
      if (record.run() == run) {
        LOG.info("callback registered", labels);
        announce(record, labels);
        return record;
      }
      // Another run began meanwhile. Its completion notifies the waiting callbacks of earlier runs.
      run = record.run();
    }
    throw new TransientFailure("one run of " + submitted.hash() + " begins after the other");
  }

  /** Publishes the completion if the record is final; if that fails, the sweep publishes it. */
  private void announce(ImageRecord record, Labels labels) {
    try {
      publishImageCompleted.announce(record);
    } catch (TransientFailure e) {
      LOG.warning("cannot publish the completion", labels, e);
    }
  }

  private static ProblemException tooMany() {
    return new ProblemException(
        Problem.invalid(
            List.of(
                new Problem.FieldError(
                    SubmissionOptions.CALLBACK_URL,
                    "TOO_MANY_CALLBACKS",
                    "This image has " + MAX_CALLBACKS + " callbacks already."))));
  }
}
