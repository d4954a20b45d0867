package dev.whatsit.firestore;

import com.google.gson.JsonPrimitive;
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
    Value value = find(field, Value.TEXT);
    return value == null ? null : value.content().getAsString();
  }

  long number(String field) {
    return required(field, find(field, Value.INTEGER)).content().getAsLong();
  }

  long number(String field, long otherwise) {
    Value value = find(field, Value.INTEGER);
    return value == null ? otherwise : value.content().getAsLong();
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
    if (value != null && value.type().equals(Value.INTEGER)) {
      return value.content().getAsLong();
    }
    return required(field, find(field, Value.DECIMAL)).content().getAsDouble();
  }

  boolean flag(String field) {
    Value value = find(field, Value.FLAG);
    return value != null && value.content().getAsBoolean();
  }

  Instant instant(String field) {
    return required(field, instantOrNull(field));
  }

  @Nullable Instant instantOrNull(String field) {
    Value value = find(field, Value.TIME);
    return value == null ? null : Instant.parse(value.content().getAsString());
  }

  Fields map(String field) {
    return required(field, mapOrNull(field));
  }

  @Nullable Fields mapOrNull(String field) {
    Value value = find(field, Value.MAP);
    return value == null ? null : inside(field, value);
  }

  /** The maps in an array, none when it is absent. */
  List<Fields> maps(String field) {
    Value value = find(field, Value.ARRAY);
    List<Fields> maps = new ArrayList<>();
    if (value != null) {
      for (Value element : value.values()) {
        if (!element.type().equals(Value.MAP)) {
          throw unreadable(field + " holds a " + element.type() + ", not a map");
        }
        maps.add(inside(field, element));
      }
    }
    return maps;
  }

  /** The maps in an array, null when it is absent. */
  @Nullable List<Fields> mapsOrNull(String field) {
    return find(field, Value.ARRAY) == null ? null : maps(field);
  }

  /** The texts in an array, none when it is absent. */
  List<String> texts(String field) {
    Value value = find(field, Value.ARRAY);
    List<String> texts = new ArrayList<>();
    if (value != null) {
      for (Value element : value.values()) {
        if (!element.type().equals(Value.TEXT)) {
          throw unreadable(field + " holds a " + element.type() + ", not a text");
        }
        texts.add(element.content().getAsString());
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
    return new Fields(where + " " + field, map.fields());
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

  private @Nullable Value find(String field, String type) {
    Value value = values.get(field);
    if (value == null || value.isNull()) {
      return null;
    }
    if (!value.type().equals(type)) {
      throw unreadable(field + " is a " + value.type() + ", not a " + type);
    }
    return value;
  }

  // And the way back.

  static Value of(String text) {
    return Value.of(Value.TEXT, text);
  }

  /** As a text, for JSON's own numbers are not exact. */
  static Value of(long number) {
    return Value.of(Value.INTEGER, Long.toString(number));
  }

  static Value of(double number) {
    return Value.of(Value.DECIMAL, new JsonPrimitive(number));
  }

  static Value of(boolean flag) {
    return Value.of(Value.FLAG, new JsonPrimitive(flag));
  }

  /** To the microsecond, rounded down, as the service would do by itself. */
  static Value of(Instant instant) {
    return Value.of(Value.TIME, instant.truncatedTo(ChronoUnit.MICROS).toString());
  }

  /** Puts an instant where there is one. */
  static void put(Map<String, Value> fields, String field, @Nullable Instant instant) {
    if (instant != null) {
      fields.put(field, of(instant));
    }
  }

  static Value of(Map<String, Value> map) {
    return Value.map(map);
  }

  static Value of(List<Value> array) {
    return Value.array(array);
  }
}
