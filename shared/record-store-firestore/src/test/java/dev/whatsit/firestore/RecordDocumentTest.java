package dev.whatsit.firestore;

import static dev.whatsit.firestore.RecordSamples.CLASSIFICATION;
import static dev.whatsit.firestore.RecordSamples.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.Status;
import dev.whatsit.domain.record.Watch;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecordDocumentTest {
  private static final int ROUNDS = 300;
  private static final String HASH = "a".repeat(64);
  private static final String NAME = "projects/p/databases/(default)/documents/images/" + HASH;

  @ParameterizedTest
  @EnumSource(Status.class)
  void read_whatWasWritten_isTheSameRecord(Status status) {
    Random random = new Random(status.word().hashCode());
    for (int round = 0; round < ROUNDS; round++) {
      ImageRecord record = RecordSamples.record(status, random);

      String sent = Value.json(RecordDocument.fields(record)).toString();

      Map<String, Value> received = Value.fields(JsonParser.parseString(sent).getAsJsonObject());
      assertThat(RecordDocument.read(document(record.hash(), received))).isEqualTo(record);
    }
  }

  @Test
  void fields_anyRecord_areThoseThatAreNamed() {
    Random random = new Random(7);
    Set<String> written = new HashSet<>();
    for (Status status : Status.values()) {
      for (int round = 0; round < ROUNDS; round++) {
        written.addAll(RecordDocument.fields(RecordSamples.record(status, random)).keySet());
      }
    }

    assertThat(written).isEqualTo(RecordDocument.FIELDS);
  }

  @Test
  void fields_everyInstant_isATimestamp() {
    Map<String, Value> fields =
        RecordDocument.fields(RecordSamples.record(Status.PROCESSING, new Random(3)));

    assertThat(List.of("created_at", "updated_at", "lease_until", "overdue_at"))
        .allSatisfy(
            field -> assertThat(fields.get(field)).extracting(Value::type).isEqualTo(Value.TIME));
  }

  @ParameterizedTest
  @ValueSource(strings = {"2026-11-21T08:19:44.497123999Z", "1955-11-05T06:15:00.000001999Z"})
  void fields_nanoseconds_areCutOffAsTheServiceDoes(String instant) {
    Instant fine = Instant.parse(instant);

    assertThat(new Fields(NAME, Map.of("at", Fields.of(fine))).instant("at"))
        .isEqualTo(fine.minusNanos(999));
  }

  @ParameterizedTest
  @EnumSource(Status.class)
  void read_fieldsOfALaterVersion_arePassedOver(Status status) {
    Random random = new Random(5);
    for (int round = 0; round < ROUNDS; round++) {
      ImageRecord record = RecordSamples.record(status, random);
      Map<String, Value> later = withUnknown(RecordDocument.fields(record));

      assertThat(RecordDocument.read(document(record.hash(), later))).isEqualTo(record);
    }
  }

  @Test
  void read_onlyWhatNoRecordCanDoWithout_isTheFirstShape() {
    ImageRecord record = RecordDocument.read(document(first()));

    assertThat(record)
        .isEqualTo(
            ImageRecord.builder(
                    new ImageDescription(new ImageHash(HASH), ImageFormat.PNG, 17, 4, 3), NOW)
                .status(Status.QUEUED)
                .build());
  }

  @Test
  void read_nulls_countAsAbsent() {
    Map<String, Value> fields = first();
    for (String field : RecordDocument.FIELDS) {
      fields.putIfAbsent(field, Value.of("nullValue", JsonNull.INSTANCE));
    }

    assertThat(RecordDocument.read(document(fields)))
        .isEqualTo(RecordDocument.read(document(first())));
  }

  @Test
  void read_successWithoutObjects_hasNone() {
    Map<String, Value> fields = first();
    fields.put("status", Fields.of("success"));
    fields.put(
        "classification",
        Fields.of(
            Map.of(
                "annotations",
                Fields.of(
                    List.of(
                        Fields.of(
                            Map.of("label", Fields.of("cat"), "confidence", Fields.of(0.93))))),
                "classifier",
                Fields.of(Map.of("name", Fields.of("onnx"), "model", Fields.of("one"))))));

    assertThat(RecordDocument.read(document(fields)).classification()).isEqualTo(CLASSIFICATION);
  }

  @Test
  void read_endedByAVersionBeforeCallbacks_isToBeAnnouncedAllTheSame() {
    Map<String, Value> fields = with("watched", Fields.of(true));
    fields.put("status", Fields.of("canceled"));

    assertThat(RecordDocument.read(document(fields)).watch()).isEqualTo(Watch.announceFrom(NOW));
  }

  @Test
  void read_retriedByAVersionBeforeCallbacks_isWatchedStill() {
    Map<String, Value> fields = with("watched", Fields.of(true));
    fields.put("announce_due", Fields.of(NOW));

    assertThat(RecordDocument.read(document(fields)).watch()).isEqualTo(Watch.WAITING);
  }

  @Test
  void read_wholeNumberForADecimal_isRead() {
    assertThat(new Fields(NAME, Map.of("confidence", Fields.of(1L))).decimal("confidence"))
        .isEqualTo(1.0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"content_type", "size_bytes", "width", "height", "status", "created_at"})
  void read_withoutWhatEveryRecordHas_namesTheDocumentAndTheField(String field) {
    Map<String, Value> fields = first();
    fields.remove(field);

    assertUnreadable(fields, field + " is missing");
  }

  @Test
  void read_wrongType_namesTheDocumentAndTheField() {
    for (String field : RecordDocument.FIELDS) {
      if (field.equals("overdue_at")) {
        // For the query alone.
        continue;
      }
      Map<String, Value> fields = first();
      fields.put(field, geo());

      assertUnreadable(fields, field + " is a geoPointValue");
    }
  }

  @Test
  void read_valueThatNoRecordHas_namesTheDocumentAndTheValue() {
    assertUnreadable(with("status", Fields.of("asleep")), "status is asleep");
    assertUnreadable(with("content_type", Fields.of("text/html")), "content_type is text/html");
    assertUnreadable(with("width", Fields.of(1L << 40)), "width is 1099511627776");
    assertUnreadable(with("height", Fields.of(0L)), "height must be at least 1: 0");
    assertUnreadable(with("status", Fields.of("success")), "a classification belongs to success");
    assertUnreadable(with("classification", Fields.of(Map.of())), "classifier is missing");
  }

  @Test
  void read_elementThatIsNoMap_namesTheDocumentAndThePath() {
    Map<String, Value> fields = first();
    fields.put("status", Fields.of("success"));
    fields.put(
        "classification",
        Fields.of(
            Map.of(
                "annotations", Fields.of(List.of(Fields.of("cat"))),
                "classifier",
                    Fields.of(Map.of("name", Fields.of("onnx"), "model", Fields.of("one"))))));

    assertUnreadable(fields, "annotations holds a stringValue");
  }

  @Test
  void read_idThatIsNoHash_namesTheDocument() {
    Document document =
        new Document("projects/p/databases/(default)/documents/images/puss", first(), "");

    assertThatThrownBy(() -> RecordDocument.read(document))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("images/puss: its id is not the hash of an image");
  }

  private static void assertUnreadable(Map<String, Value> fields, String why) {
    assertThatThrownBy(() -> RecordDocument.read(document(fields)))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("cannot read the document " + NAME)
        .hasMessageContaining(why);
  }

  private static Map<String, Value> with(String field, Value value) {
    Map<String, Value> fields = first();
    fields.put(field, value);
    return fields;
  }

  /** The least that a document can have. */
  private static Map<String, Value> first() {
    Map<String, Value> fields = new HashMap<>();
    fields.put("content_type", Fields.of("image/png"));
    fields.put("size_bytes", Fields.of(17L));
    fields.put("width", Fields.of(4L));
    fields.put("height", Fields.of(3L));
    fields.put("status", Fields.of("queued"));
    fields.put("created_at", Fields.of(NOW));
    return fields;
  }

  /** With a field that nobody knows in every map. */
  private static Map<String, Value> withUnknown(Map<String, Value> fields) {
    Map<String, Value> more = new HashMap<>();
    fields.forEach((field, value) -> more.put(field, withUnknown(value)));
    more.put("colour_of_the_moon", geo());
    return more;
  }

  private static Value withUnknown(Value value) {
    if (value.type().equals(Value.MAP)) {
      return Fields.of(withUnknown(value.fields()));
    }
    if (value.type().equals(Value.ARRAY)) {
      return Fields.of(value.values().stream().map(RecordDocumentTest::withUnknown).toList());
    }
    return value;
  }

  private static Value geo() {
    return Value.of("geoPointValue", new JsonObject());
  }

  private static Document document(Map<String, Value> fields) {
    return document(new ImageHash(HASH), fields);
  }

  private static Document document(ImageHash hash, Map<String, Value> fields) {
    return new Document("projects/p/databases/(default)/documents/images/" + hash, fields, "");
  }
}
