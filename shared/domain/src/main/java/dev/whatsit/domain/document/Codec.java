package dev.whatsit.domain.document;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.TypeAdapter;
import com.google.gson.TypeAdapterFactory;
import com.google.gson.reflect.TypeToken;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.JsonWriter;
import dev.whatsit.domain.failure.TransientFailure;
import java.io.IOException;
import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Converts a Java record to the fields of a document and back, with Gson. Each component is one
 * field, named in lower case with underscores; null components are omitted. Nested records are
 * objects of the same form, enums their names in lower case. Fields that only queries need are
 * derived from the value on a write and ignored on a read. Immutable and thread-safe.
 */
public final class Codec<T extends Record> {
  private final Class<T> type;
  private final DocumentCollection collection;
  private final Map<String, Function<T, @Nullable String>> derived;
  private final Set<String> fields;
  private final Gson gson;

  private Codec(Builder<T> builder) {
    this.type = builder.type;
    this.derived = Map.copyOf(builder.derived);
    this.gson = builder.gson.create();
    Set<String> timestamps = new HashSet<>(builder.derivedInstants);
    Set<String> all = new HashSet<>(derived.keySet());
    for (RecordComponent component : type.getRecordComponents()) {
      String name = fieldName(component.getName());
      all.add(name);
      if (component.getType() == Instant.class) {
        timestamps.add(name);
      }
    }
    all.add(Documents.WRITE_ID);
    this.fields = Set.copyOf(all);
    this.collection = new DocumentCollection(builder.collection, timestamps, Set.of());
  }

  /** Starts a codec for the records of a collection. */
  public static <T extends Record> Builder<T> of(String collection, Class<T> type) {
    return new Builder<>(collection, type);
  }

  public DocumentCollection collection() {
    return collection;
  }

  /**
   * Every top-level field that this codec can write; all others were written by other versions of
   * the program.
   */
  public Set<String> fields() {
    return fields;
  }

  /** Converts a value to fields; instants are truncated to the millisecond. */
  public JsonObject write(T value) {
    JsonObject json = gson.toJsonTree(value, type).getAsJsonObject();
    derived.forEach(
        (name, text) -> {
          String field = text.apply(value);
          if (field != null) {
            json.addProperty(name, field);
          }
        });
    return json;
  }

  /**
   * Converts a document to a value.
   *
   * @throws TransientFailure naming the document and what is wrong with it. Transient, because an
   *     operator may repair the document and the work must not be lost until then
   */
  public T read(Document document) {
    try {
      return gson.fromJson(document.fields(), type);
    } catch (RuntimeException e) {
      throw unreadable(document, e);
    }
  }

  private static TransientFailure unreadable(Document document, RuntimeException failure) {
    return new TransientFailure(
        "cannot read the document " + document.key() + ": " + failure.getMessage(), failure);
  }

  private static String fieldName(String component) {
    return component.replaceAll("(\\p{Lu})", "_$1").toLowerCase(Locale.ROOT);
  }

  /** Builds a {@link Codec}. Not thread-safe. */
  public static final class Builder<T extends Record> {
    private final String collection;
    private final Class<T> type;
    private final Map<String, Function<T, @Nullable String>> derived = new LinkedHashMap<>();
    private final Set<String> derivedInstants = new HashSet<>();
    private final GsonBuilder gson =
        new GsonBuilder()
            .disableHtmlEscaping()
            .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
            .registerTypeAdapterFactory(new Records())
            .registerTypeAdapterFactory(new EnumWords())
            .registerTypeAdapter(
                Instant.class, new TextAdapter<>(Instants::text, Codec::parseInstant));

    private Builder(String collection, Class<T> type) {
      this.collection = collection;
      this.type = type;
    }

    /**
     * Stores a type as one string.
     *
     * @param parse converts the string back; empty when it is not a value of the type
     */
    public <V> Builder<T> text(
        Class<V> type, Function<V, String> write, Function<String, Optional<V>> parse) {
      gson.registerTypeAdapter(type, new TextAdapter<>(write, parse));
      return this;
    }

    /** Adds a derived string field for queries, omitted when null. */
    public Builder<T> derived(String name, Function<T, @Nullable String> text) {
      derived.put(name, text);
      return this;
    }

    /** Adds a derived instant field for queries, omitted when null. */
    public Builder<T> derivedInstant(String name, Function<T, @Nullable Instant> instant) {
      derivedInstants.add(name);
      return derived(
          name,
          value -> {
            Instant at = instant.apply(value);
            return at == null ? null : Instants.text(at);
          });
    }

    public Codec<T> build() {
      return new Codec<>(this);
    }
  }

  private static Optional<Instant> parseInstant(String text) {
    return Optional.of(Instant.parse(text));
  }

  private static final class TextAdapter<V> extends TypeAdapter<V> {
    private final Function<V, String> write;
    private final Function<String, Optional<V>> parse;

    TextAdapter(Function<V, String> write, Function<String, Optional<V>> parse) {
      this.write = write;
      this.parse = parse;
    }

    @Override
    public void write(JsonWriter out, @Nullable V value) throws IOException {
      if (value == null) {
        out.nullValue();
      } else {
        out.value(write.apply(value));
      }
    }

    @Override
    public @Nullable V read(JsonReader in) throws IOException {
      if (in.peek() == JsonToken.NULL) {
        in.nextNull();
        return null;
      }
      String text = in.nextString();
      return parse
          .apply(text)
          .orElseThrow(() -> new IllegalArgumentException("unknown value " + text));
    }
  }

  /**
   * Reads records component by component, so that a failure names the missing or wrong field and
   * shows no other value. A missing primitive is zero or false.
   */
  private static final class Records implements TypeAdapterFactory {
    private record Field(String name, Class<?> type, boolean isNullable, TypeAdapter<?> adapter) {
      @Nullable Object read(JsonObject object) {
        JsonElement value = object.get(name);
        if (value != null && !value.isJsonNull()) {
          try {
            return adapter.fromJsonTree(value);
          } catch (RuntimeException e) {
            throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
          }
        }
        if (type.isPrimitive()) {
          return Array.get(Array.newInstance(type, 1), 0);
        }
        if (isNullable) {
          return null;
        }
        throw new IllegalArgumentException(name + " is missing");
      }
    }

    @Override
    public <V> @Nullable TypeAdapter<V> create(Gson gson, TypeToken<V> token) {
      Class<? super V> type = token.getRawType();
      if (!type.isRecord()) {
        return null;
      }
      List<Field> fields = new ArrayList<>();
      for (RecordComponent component : type.getRecordComponents()) {
        fields.add(
            new Field(
                fieldName(component.getName()),
                component.getType(),
                component.getAnnotatedType().isAnnotationPresent(Nullable.class),
                gson.getAdapter(TypeToken.get(component.getGenericType()))));
      }
      Constructor<? super V> constructor = constructor(type, fields);
      TypeAdapter<V> delegate = gson.getDelegateAdapter(this, token);
      TypeAdapter<JsonElement> elements = gson.getAdapter(JsonElement.class);
      return new TypeAdapter<>() {
        @Override
        public void write(JsonWriter out, @Nullable V value) throws IOException {
          delegate.write(out, value);
        }

        @Override
        public @Nullable V read(JsonReader in) throws IOException {
          JsonElement element = elements.read(in);
          if (element.isJsonNull()) {
            return null;
          }
          if (!(element instanceof JsonObject object)) {
            throw new IllegalArgumentException("not an object");
          }
          @SuppressWarnings("unchecked")
          V value =
              (V) newInstance(constructor, fields.stream().map(f -> f.read(object)).toArray());
          return value;
        }
      };
    }

    private static <V> Constructor<V> constructor(Class<V> type, List<Field> fields) {
      try {
        Constructor<V> constructor =
            type.getDeclaredConstructor(fields.stream().map(Field::type).toArray(Class[]::new));
        constructor.setAccessible(true);
        return constructor;
      } catch (NoSuchMethodException e) {
        throw new IllegalStateException("a record has its canonical constructor", e);
      }
    }

    private static <V> V newInstance(Constructor<V> constructor, @Nullable Object[] arguments) {
      try {
        return constructor.newInstance(arguments);
      } catch (InvocationTargetException e) {
        Throwable cause = e.getCause();
        throw new IllegalArgumentException(cause == null ? "" : cause.getMessage(), cause);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** Stores every enum as its name in lower case. */
  private static final class EnumWords implements TypeAdapterFactory {
    @Override
    public <V> @Nullable TypeAdapter<V> create(Gson gson, TypeToken<V> token) {
      Class<? super V> type = token.getRawType();
      if (!type.isEnum()) {
        return null;
      }
      Map<String, V> values = new LinkedHashMap<>();
      for (Object value : type.getEnumConstants()) {
        @SuppressWarnings("unchecked")
        V constant = (V) value;
        values.put(((Enum<?>) value).name().toLowerCase(Locale.ROOT), constant);
      }
      return new TextAdapter<>(
          value -> ((Enum<?>) value).name().toLowerCase(Locale.ROOT),
          word -> Optional.ofNullable(values.get(word)));
    }
  }
}
