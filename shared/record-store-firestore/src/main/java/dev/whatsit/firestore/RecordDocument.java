package dev.whatsit.firestore;

import dev.whatsit.domain.classification.Annotation;
import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.classification.ClassifierIdentity;
import dev.whatsit.domain.classification.DetectedObject;
import dev.whatsit.domain.classification.Extras;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.Attempt;
import dev.whatsit.domain.record.Deferral;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.Status;
import dev.whatsit.domain.record.Watch;
import dev.whatsit.domain.record.WorkError;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A record as a document of the collection {@value #COLLECTION}, named by the hash.
 *
 * <p>Instants are Firestore's own timestamps, so that its TTL policy, its console and its queries
 * understand them. Those have microseconds; what a record has beyond is cut off before it is
 * written, and the record that callers get is the one that will be read. {@code overdue_at} is
 * there for the query only and is not read back.
 *
 * <p>A document may lack any field that a record can do without, and have fields that this version
 * does not know.
 */
final class RecordDocument {
  static final String COLLECTION = "images";

  static final String STATUS = "status";
  static final String CREATED_AT = "created_at";
  static final String OVERDUE_AT = "overdue_at";
  static final String EXPIRE_AT = "expire_at";

  private static final String CONTENT_TYPE = "content_type";
  private static final String SIZE_BYTES = "size_bytes";
  private static final String WIDTH = "width";
  private static final String HEIGHT = "height";
  private static final String RUN = "run";
  private static final String ATTEMPTS = "attempts";
  private static final String MESSAGE_ID = "message_id";
  private static final String TOKEN = "token";
  private static final String LEASE_UNTIL = "lease_until";
  private static final String CANCEL_REQUESTED = "cancel_requested";
  private static final String DUE_AT = "due_at";
  private static final String DEFERRAL = "deferral";
  private static final String CLASSIFICATION = "classification";
  private static final String ERROR = "error";
  private static final String UPDATED_AT = "updated_at";
  private static final String REVISION = "revision";
  private static final String HISTORY = "attempt_history";
  private static final String WATCHED = "watched";
  private static final String ANNOUNCE_DUE = "announce_due";

  /** Every field that a record is written to. */
  static final Set<String> FIELDS =
      Set.of(
          CONTENT_TYPE,
          SIZE_BYTES,
          WIDTH,
          HEIGHT,
          RUN,
          STATUS,
          ATTEMPTS,
          MESSAGE_ID,
          TOKEN,
          LEASE_UNTIL,
          CANCEL_REQUESTED,
          DUE_AT,
          DEFERRAL,
          CLASSIFICATION,
          ERROR,
          CREATED_AT,
          UPDATED_AT,
          EXPIRE_AT,
          OVERDUE_AT,
          REVISION,
          HISTORY,
          WATCHED,
          ANNOUNCE_DUE);

  private RecordDocument() {}

  static Map<String, Value> fields(ImageRecord record) {
    ImageDescription image = record.image();
    Map<String, Value> fields = new HashMap<>();
    fields.put(CONTENT_TYPE, Fields.of(image.format().mediaType()));
    fields.put(SIZE_BYTES, Fields.of(image.sizeBytes()));
    fields.put(WIDTH, Fields.of(image.width()));
    fields.put(HEIGHT, Fields.of(image.height()));
    fields.put(RUN, Fields.of(record.run()));
    fields.put(STATUS, Fields.of(record.status().word()));
    fields.put(ATTEMPTS, Fields.of(record.attempts()));
    String messageId = record.messageId();
    if (messageId != null) {
      fields.put(MESSAGE_ID, Fields.of(messageId));
    }
    String token = record.token();
    if (token != null) {
      fields.put(TOKEN, Fields.of(token));
    }
    Fields.put(fields, LEASE_UNTIL, record.leaseUntil());
    fields.put(CANCEL_REQUESTED, Fields.of(record.cancelRequested()));
    Fields.put(fields, DUE_AT, record.dueAt());
    Deferral deferral = record.deferral();
    if (deferral != null) {
      fields.put(
          DEFERRAL,
          Fields.of(
              Map.of(
                  "reason", Fields.of(deferral.reason()), "since", Fields.of(deferral.since()))));
    }
    Classification classification = record.classification();
    if (classification != null) {
      fields.put(CLASSIFICATION, value(classification));
    }
    WorkError error = record.error();
    if (error != null) {
      fields.put(
          ERROR,
          Fields.of(
              Map.of(
                  "code", Fields.of(error.code()),
                  "detail", Fields.of(error.detail()),
                  "retryable", Fields.of(error.retryable()))));
    }
    fields.put(CREATED_AT, Fields.of(record.createdAt()));
    fields.put(UPDATED_AT, Fields.of(record.updatedAt()));
    Fields.put(fields, EXPIRE_AT, record.expireAt());
    Fields.put(fields, OVERDUE_AT, record.overdueAt().orElse(null));
    fields.put(REVISION, Fields.of(record.revision()));
    if (!record.history().isEmpty()) {
      fields.put(HISTORY, Fields.of(record.history().stream().map(RecordDocument::value).toList()));
    }
    if (record.watch() != null) {
      fields.put(WATCHED, Fields.of(true));
      Fields.put(fields, ANNOUNCE_DUE, record.announceDue().orElse(null));
    }
    return fields;
  }

  /**
   * The record in a document.
   *
   * @throws TransientFailure naming the document and what is wrong with it
   */
  static ImageRecord read(Document document) {
    return read(document.name(), document.fields());
  }

  /** The same, of a document that has this name and these fields. */
  static ImageRecord read(String name, Map<String, Value> values) {
    Fields fields = new Fields(name, values);
    try {
      return record(
          ImageHash.parse(name.substring(name.lastIndexOf('/') + 1)).orElse(null), fields);
    } catch (IllegalArgumentException e) {
      TransientFailure failure = fields.unreadable(String.valueOf(e.getMessage()));
      failure.initCause(e);
      throw failure;
    }
  }

  /**
   * When the record in a document was created, whatever else stands in it.
   *
   * @throws TransientFailure naming the document and what is wrong with it
   */
  static Instant createdAt(Document document) {
    return new Fields(document.name(), document.fields()).instant(CREATED_AT);
  }

  private static ImageRecord record(@Nullable ImageHash hash, Fields fields) {
    if (hash == null) {
      throw fields.unreadable("its id is not the hash of an image");
    }
    String contentType = fields.text(CONTENT_TYPE);
    String word = fields.text(STATUS);
    Status status =
        Status.ofWord(word).orElseThrow(() -> fields.unreadable(STATUS + " is " + word));
    Instant createdAt = fields.instant(CREATED_AT);
    Instant updatedAt = Objects.requireNonNullElse(fields.instantOrNull(UPDATED_AT), createdAt);
    Fields deferral = fields.mapOrNull(DEFERRAL);
    Fields classification = fields.mapOrNull(CLASSIFICATION);
    Fields error = fields.mapOrNull(ERROR);
    return ImageRecord.builder(
            new ImageDescription(
                hash,
                ImageFormat.ofMediaType(contentType)
                    .orElseThrow(() -> fields.unreadable(CONTENT_TYPE + " is " + contentType)),
                fields.number(SIZE_BYTES),
                fields.smallNumber(WIDTH),
                fields.smallNumber(HEIGHT)),
            createdAt)
        .run(fields.smallNumber(RUN, 1))
        .status(status)
        .attempts(fields.smallNumber(ATTEMPTS, 0))
        .messageId(fields.textOrNull(MESSAGE_ID))
        .token(fields.textOrNull(TOKEN))
        .leaseUntil(fields.instantOrNull(LEASE_UNTIL))
        .cancelRequested(fields.flag(CANCEL_REQUESTED))
        .dueAt(fields.instantOrNull(DUE_AT))
        .deferral(
            deferral == null
                ? null
                : new Deferral(deferral.text("reason"), deferral.instant("since")))
        .classification(classification == null ? null : classification(classification))
        .error(
            error == null
                ? null
                : new WorkError(error.text("code"), error.text("detail"), error.flag("retryable")))
        .updatedAt(updatedAt)
        .expireAt(fields.instantOrNull(EXPIRE_AT))
        .revision(fields.number(REVISION, 1))
        .history(fields.maps(HISTORY).stream().map(RecordDocument::attempt).toList())
        .watch(
            Watch.kept(fields.flag(WATCHED), fields.instantOrNull(ANNOUNCE_DUE), status, updatedAt))
        .build();
  }

  private static Value value(Attempt attempt) {
    Map<String, Value> fields = new HashMap<>();
    fields.put("run", Fields.of(attempt.run()));
    fields.put("number", Fields.of(attempt.number()));
    Fields.put(fields, "started_at", attempt.startedAt());
    Fields.put(fields, "ended_at", attempt.endedAt());
    Attempt.Result result = attempt.result();
    if (result != null) {
      fields.put("result", Fields.of(result.word()));
    }
    String code = attempt.code();
    if (code != null) {
      fields.put("code", Fields.of(code));
    }
    return Fields.of(fields);
  }

  private static Attempt attempt(Fields fields) {
    String result = fields.textOrNull("result");
    return new Attempt(
        fields.smallNumber("run", 1),
        fields.smallNumber("number", 1),
        fields.instant("started_at"),
        fields.instantOrNull("ended_at"),
        result == null
            ? null
            : Attempt.Result.ofWord(result)
                .orElseThrow(() -> fields.unreadable("result is " + result)),
        fields.textOrNull("code"));
  }

  private static Value value(Classification classification) {
    List<Value> annotations =
        classification.annotations().stream()
            .map(
                annotation ->
                    Fields.of(
                        Map.of(
                            "label", Fields.of(annotation.label()),
                            "confidence", Fields.of(annotation.confidence()))))
            .toList();
    List<Value> objects =
        classification.objects().stream()
            .map(
                object ->
                    Fields.of(
                        Map.of(
                            "label", Fields.of(object.label()),
                            "confidence", Fields.of(object.confidence()),
                            "box", value(object.box()))))
            .toList();
    ClassifierIdentity classifier = classification.classifier();
    Map<String, Value> fields = new HashMap<>();
    fields.put("annotations", Fields.of(annotations));
    fields.put("objects", Fields.of(objects));
    fields.put(
        "classifier",
        Fields.of(
            Map.of("name", Fields.of(classifier.name()), "model", Fields.of(classifier.model()))));
    Extras extras = classification.extras();
    if (extras != null) {
      fields.put("extras", ExtrasFields.of(extras));
    }
    return Fields.of(fields);
  }

  private static Value value(DetectedObject.Box box) {
    return Fields.of(
        Map.of(
            "left", Fields.of(box.left()),
            "top", Fields.of(box.top()),
            "right", Fields.of(box.right()),
            "bottom", Fields.of(box.bottom())));
  }

  private static Classification classification(Fields fields) {
    Fields classifier = fields.map("classifier");
    Fields extras = fields.mapOrNull("extras");
    return new Classification(
        fields.maps("annotations").stream()
            .map(each -> new Annotation(each.text("label"), each.decimal("confidence")))
            .toList(),
        fields.maps("objects").stream()
            .map(
                each ->
                    new DetectedObject(
                        each.text("label"), each.decimal("confidence"), box(each.map("box"))))
            .toList(),
        new ClassifierIdentity(classifier.text("name"), classifier.text("model")),
        extras == null ? null : ExtrasFields.read(extras));
  }

  private static DetectedObject.Box box(Fields fields) {
    return new DetectedObject.Box(
        fields.decimal("left"),
        fields.decimal("top"),
        fields.decimal("right"),
        fields.decimal("bottom"));
  }
}
