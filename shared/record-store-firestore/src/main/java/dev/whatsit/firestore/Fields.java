package dev.whatsit.firestore;

import com.google.firestore.v1.Value;
import com.google.protobuf.Timestamp;
import dev.whatsit.domain.failure.TransientFailure;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the fields of a document or of a map in it. A field that is null counts as absent. Fields
 * that nobody asks for are passed over.
 *
 * @param where the document's name, and the path in it
 */
record Fields(String where, Map<String, Value> values) {
  String text(String field) {
    return required(field, textOrNull(field));
  }

  @Nullable String textOrNull(String field) {
    Value value = find(field, Value.ValueTypeCase.STRING_VALUE);
    return value == null ? null : value.getStringValue();
  }

  long number(String field) {
    return required(field, find(field, Value.ValueTypeCase.INTEGER_VALUE)).getIntegerValue();
  }

  long number(String field, long otherwise) {
    Value value = find(field, Value.ValueTypeCase.INTEGER_VALUE);
    return value == null ? otherwise : value.getIntegerValue();
  }

  int smallNumber(String field) {
    return small(field, number(field));
  }

  int smallNumber(String field, int otherwise) {
    return small(field, number(field, otherwise));
  }

  /** A number with or without a fraction: who edits by hand writes 1, not 1.0. */
  double decimal(String field) {
    Value value = values.get(field);
    if (value != null && value.hasIntegerValue()) {
      return value.getIntegerValue();
    }
    return required(field, find(field, Value.ValueTypeCase.DOUBLE_VALUE)).getDoubleValue();
  }

  boolean flag(String field) {
    Value value = find(field, Value.ValueTypeCase.BOOLEAN_VALUE);
    return value != null && value.getBooleanValue();
  }

  Instant instant(String field) {
    return required(field, instantOrNull(field));
  }

  @Nullable Instant instantOrNull(String field) {
    Value value = find(field, Value.ValueTypeCase.TIMESTAMP_VALUE);
    if (value == null) {
      return null;
    }
    Timestamp time = value.getTimestampValue();
    return Instant.ofEpochSecond(time.getSeconds(), time.getNanos());
  }

  Fields map(String field) {
    return required(field, mapOrNull(field));
  }

  @Nullable Fields mapOrNull(String field) {
    Value value = find(field, Value.ValueTypeCase.MAP_VALUE);
    return value == null ? null : inside(field, value);
  }

  /** The maps in an array, none when it is absent. */
  List<Fields> maps(String field) {
    Value value = find(field, Value.ValueTypeCase.ARRAY_VALUE);
    List<Fields> maps = new ArrayList<>();
    if (value != null) {
      for (Value element : value.getArrayValue().getValuesList()) {
        if (!element.hasMapValue()) {
          throw unreadable(field + " holds a " + element.getValueTypeCase() + ", not a map");
        }
        maps.add(inside(field, element));
      }
    }
    return maps;
  }

  /** The maps in an array, null when it is absent. */
  @Nullable List<Fields> mapsOrNull(String field) {
    return find(field, Value.ValueTypeCase.ARRAY_VALUE) == null ? null : maps(field);
  }

  /** The texts in an array, none when it is absent. */
  List<String> texts(String field) {
    Value value = find(field, Value.ValueTypeCase.ARRAY_VALUE);
    List<String> texts = new ArrayList<>();
    if (value != null) {
      for (Value element : value.getArrayValue().getValuesList()) {
        if (!element.hasStringValue()) {
          throw unreadable(field + " holds a " + element.getValueTypeCase() + ", not a text");
        }
        texts.add(element.getStringValue());
      }
    }
    return texts;
  }

  TransientFailure unreadable(String why) {
    return new TransientFailure("cannot read the document " + where + ": " + why);
  }

  /** The same of what cannot be a value. */
  TransientFailure unreadable(IllegalArgumentException cause) {
    TransientFailure failure = unreadable(String.valueOf(cause.getMessage()));
    failure.initCause(cause);
    return failure;
  }

  private Fields inside(String field, Value map) {
    return new Fields(where + " " + field, map.getMapValue().getFieldsMap());
  }

  private int small(String field, long number) {
    if (number != (int) number) {
      throw unreadable(field + " is " + number);
    }
    return (int) number;
  }

  private <T> T required(String field, @Nullable T value) {
    if (value == null) {
      throw unreadable(field + " is missing");
    }
    return value;
  }

  private @Nullable Value find(String field, Value.ValueTypeCase type) {
    Value value = values.get(field);
    if (value == null || value.hasNullValue()) {
      return null;
    }
    if (value.getValueTypeCase() != type) {
      throw unreadable(field + " is a " + value.getValueTypeCase() + ", not a " + type);
    }
    return value;
  }

  // And the way back.

  static Value of(String text) {
    return Value.newBuilder().setStringValue(text).build();
  }

  static Value of(long number) {
    return Value.newBuilder().setIntegerValue(number).build();
  }

  static Value of(double number) {
    return Value.newBuilder().setDoubleValue(number).build();
  }

  static Value of(boolean flag) {
    return Value.newBuilder().setBooleanValue(flag).build();
  }

  /** To the microsecond, rounded down, as the service would do by itself. */
  static Value of(Instant instant) {
    Instant kept = instant.truncatedTo(ChronoUnit.MICROS);
    return Value.newBuilder()
        .setTimestampValue(
            Timestamp.newBuilder().setSeconds(kept.getEpochSecond()).setNanos(kept.getNano()))
        .build();
  }

  /** Puts an instant where there is one. */
  static void put(Map<String, Value> fields, String field, @Nullable Instant instant) {
    if (instant != null) {
      fields.put(field, of(instant));
    }
  }

  static Value of(Map<String, Value> map) {
    Value.Builder value = Value.newBuilder();
    value.getMapValueBuilder().putAllFields(map);
    return value.build();
  }

  static Value of(List<Value> array) {
    Value.Builder value = Value.newBuilder();
    value.getArrayValueBuilder().addAllValues(array);
    return value.build();
  }
}
