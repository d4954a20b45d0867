package dev.whatsit.firestore;

import dev.whatsit.domain.callback.Callback;
import dev.whatsit.domain.callback.CallbackAttempt;
import dev.whatsit.domain.callback.CallbackKind;
import dev.whatsit.domain.callback.CallbackStatus;
import dev.whatsit.domain.callback.Redelivered;
import dev.whatsit.domain.callback.Subject;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.firestore.Query.Operator;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A callback as a document of the collection {@value #COLLECTION}, named by its id, and the queries
 * over them.
 *
 * <p>Two fields are there for the queries only and are not read back: {@value #WAITING_FOR}, what
 * is waited for, while it waits; {@value #SIBLINGS}, what the callbacks of one subject and kind
 * have in common.
 */
final class CallbackDocument {
  static final String COLLECTION = "callbacks";

  private static final String SUBJECT = "subject";
  private static final String RUN = "run";
  private static final String KIND = "kind";
  private static final String TARGET = "target";
  private static final String MESSAGE_ID = "message_id";
  private static final String STATUS = "status";
  private static final String PAYLOAD = "payload";
  private static final String TRIES = "tries";
  private static final String ATTEMPTS = "attempts";
  private static final String SINCE = "since";
  private static final String DUE_AT = "due_at";
  private static final String CHECK_AT = "check_at";
  private static final String TOKEN = "token";
  private static final String LEASE_UNTIL = "lease_until";
  private static final String REDELIVERY = "redelivery";
  private static final String CREATED_AT = "created_at";
  private static final String UPDATED_AT = "updated_at";
  static final String EXPIRE_AT = "expire_at";
  private static final String REVISION = "revision";
  private static final String WAITING_FOR = "waiting_for";
  private static final String SIBLINGS = "siblings";

  /** Every field that a callback is written to. */
  static final Set<String> FIELDS =
      Set.of(
          SUBJECT,
          RUN,
          KIND,
          TARGET,
          MESSAGE_ID,
          STATUS,
          PAYLOAD,
          TRIES,
          ATTEMPTS,
          SINCE,
          DUE_AT,
          CHECK_AT,
          TOKEN,
          LEASE_UNTIL,
          REDELIVERY,
          CREATED_AT,
          UPDATED_AT,
          EXPIRE_AT,
          REVISION,
          WAITING_FOR,
          SIBLINGS);

  private CallbackDocument() {}

  static Map<String, Value> fields(Callback callback) {
    Map<String, Value> fields = new HashMap<>();
    fields.put(SUBJECT, Fields.of(callback.subject().id()));
    fields.put(RUN, Fields.of(callback.subject().run()));
    fields.put(KIND, Fields.of(callback.kind().word()));
    fields.put(TARGET, Fields.of(callback.target()));
    fields.put(MESSAGE_ID, Fields.of(callback.messageId()));
    fields.put(STATUS, Fields.of(callback.status().word()));
    putText(fields, PAYLOAD, callback.payload());
    fields.put(TRIES, Fields.of(callback.tries()));
    fields.put(
        ATTEMPTS, Fields.of(callback.attempts().stream().map(CallbackDocument::value).toList()));
    Fields.put(fields, SINCE, callback.since());
    Fields.put(fields, DUE_AT, callback.dueAt());
    Fields.put(fields, CHECK_AT, callback.checkAt());
    putText(fields, TOKEN, callback.token());
    Fields.put(fields, LEASE_UNTIL, callback.leaseUntil());
    Redelivered redelivery = callback.redelivery();
    putText(fields, REDELIVERY, redelivery == null ? null : redelivery.word());
    fields.put(CREATED_AT, Fields.of(callback.createdAt()));
    fields.put(UPDATED_AT, Fields.of(callback.updatedAt()));
    Fields.put(fields, EXPIRE_AT, callback.expireAt());
    fields.put(REVISION, Fields.of(callback.revision()));
    fields.put(SIBLINGS, Fields.of(siblings(callback.subject(), callback.kind())));
    if (callback.status() == CallbackStatus.WAITING) {
      fields.put(WAITING_FOR, Fields.of(callback.subject().id()));
    }
    return fields;
  }

  /**
   * The callback in a document.
   *
   * @throws TransientFailure naming the document and what is wrong with it
   */
  static Callback read(Document document) {
    return read(document.name(), document.fields());
  }

  /** The same, of a document that has this name and these fields. */
  static Callback read(String name, Map<String, Value> values) {
    Fields fields = new Fields(name, values);
    try {
      return callback(fields);
    } catch (IllegalArgumentException e) {
      throw fields.unreadable(e);
    }
  }

  /** Those that wait for the end of any run of it. */
  static Query waiting(String subject, int limit) {
    return Query.in(COLLECTION, limit).where(WAITING_FOR, Operator.EQUAL, Fields.of(subject));
  }

  /** Those of one subject and kind. */
  static Query siblings(Subject subject, CallbackKind kind, int limit) {
    return Query.in(COLLECTION, limit)
        .where(SIBLINGS, Operator.EQUAL, Fields.of(siblings(subject, kind)));
  }

  /** Those that were to be looked at by an instant, the longest overdue first. */
  static Query overdue(Instant now, int limit) {
    return Query.overdue(COLLECTION, CHECK_AT, now, limit);
  }

  private static String siblings(Subject subject, CallbackKind kind) {
    return subject.key() + "-" + kind.word();
  }

  private static Callback callback(Fields fields) {
    String kind = fields.text(KIND);
    String word = fields.text(STATUS);
    CallbackStatus status =
        CallbackStatus.ofWord(word).orElseThrow(() -> fields.unreadable(STATUS + " is " + word));
    String redelivery = fields.textOrNull(REDELIVERY);
    Instant createdAt = fields.instant(CREATED_AT);
    Instant updatedAt = fields.instantOrNull(UPDATED_AT);
    return new Callback(
        new Subject(fields.text(SUBJECT), fields.smallNumber(RUN)),
        CallbackKind.ofWord(kind).orElseThrow(() -> fields.unreadable(KIND + " is " + kind)),
        fields.text(TARGET),
        fields.text(MESSAGE_ID),
        status,
        fields.textOrNull(PAYLOAD),
        fields.smallNumber(TRIES, 0),
        fields.maps(ATTEMPTS).stream().map(CallbackDocument::attempt).toList(),
        fields.instantOrNull(SINCE),
        fields.instantOrNull(DUE_AT),
        fields.instantOrNull(CHECK_AT),
        fields.textOrNull(TOKEN),
        fields.instantOrNull(LEASE_UNTIL),
        redelivery == null
            ? null
            : Redelivered.kept(
                Redelivered.ofWord(redelivery)
                    .orElseThrow(() -> fields.unreadable(REDELIVERY + " is " + redelivery)),
                status),
        createdAt,
        updatedAt == null ? createdAt : updatedAt,
        fields.instantOrNull(EXPIRE_AT),
        fields.number(REVISION, 1));
  }

  private static CallbackAttempt attempt(Fields fields) {
    int httpStatus = fields.smallNumber("http_status", 0);
    return new CallbackAttempt(
        fields.instant("at"),
        httpStatus == 0 ? null : (Integer) httpStatus,
        fields.textOrNull("code"),
        fields.number("millis", 0));
  }

  private static Value value(CallbackAttempt attempt) {
    Map<String, Value> fields = new HashMap<>();
    fields.put("at", Fields.of(attempt.at()));
    Integer httpStatus = attempt.httpStatus();
    if (httpStatus != null) {
      fields.put("http_status", Fields.of((long) httpStatus));
    }
    putText(fields, "code", attempt.code());
    fields.put("millis", Fields.of(attempt.millis()));
    return Fields.of(fields);
  }

  private static void putText(Map<String, Value> fields, String field, @Nullable String text) {
    if (text != null) {
      fields.put(field, Fields.of(text));
    }
  }
}
