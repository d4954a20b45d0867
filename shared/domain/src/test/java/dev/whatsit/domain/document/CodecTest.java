package dev.whatsit.domain.document;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.whatsit.domain.failure.TransientFailure;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CodecTest {
  private enum Colour {
    RED,
    DARK_BLUE
  }

  private record Code(String text) {}

  private record Part(String partName, double weight) {}

  private record Thing(
      String secretName,
      Colour colour,
      Code code,
      @Nullable Instant dueAt,
      long total,
      List<Part> parts) {
    Thing {
      if (total < 0) {
        throw new IllegalArgumentException("total is negative: " + total);
      }
    }
  }

  private static final Codec<Thing> CODEC =
      Codec.of("things", Thing.class)
          .text(
              Code.class,
              Code::text,
              text -> text.startsWith("c") ? Optional.of(new Code(text)) : Optional.empty())
          .derived("open_in", thing -> thing.total() == 0 ? "begin" : null)
          .derivedInstant("overdue_at", Thing::dueAt)
          .build();

  private static final Thing THING =
      new Thing(
          "hush",
          Colour.DARK_BLUE,
          new Code("c<1>"),
          Instant.parse("2026-11-21T08:19:44.497999Z"),
          0,
          List.of(new Part("wheel", 1.0)));

  @Test
  void write_namesFieldsInLowerCaseAndAddsTheDerivedOnes() {
    assertThat(CODEC.write(THING))
        .isEqualTo(
            JsonParser.parseString(
                """
                {
                  "secret_name": "hush",
                  "colour": "dark_blue",
                  "code": "c<1>",
                  "due_at": "2026-11-21T08:19:44.497Z",
                  "total": 0,
                  "parts": [{ "part_name": "wheel", "weight": 1.0 }],
                  "open_in": "begin",
                  "overdue_at": "2026-11-21T08:19:44.497Z"
                }
                """));
  }

  @Test
  void write_nullsAreLeftOut() {
    Thing thing = new Thing("hush", Colour.RED, new Code("c"), null, 1, List.of());

    assertThat(CODEC.write(thing).keySet())
        .containsExactlyInAnyOrder("secret_name", "colour", "code", "total", "parts");
  }

  @Test
  void read_isTheValueThatWasWrittenWhateverElseIsThere() {
    JsonObject fields = CODEC.write(THING);
    fields.addProperty("unknown", 1);

    Thing read = CODEC.read(document(fields));

    assertThat(read)
        .isEqualTo(
            new Thing(
                "hush",
                Colour.DARK_BLUE,
                new Code("c<1>"),
                Instant.parse("2026-11-21T08:19:44.497Z"),
                0,
                THING.parts()));
  }

  @ParameterizedTest
  @CsvSource({
    "colour, '\"green\"', green",
    "code, '\"x\"', x",
    "due_at, '\"soon\"', soon",
    "total, '\"many\"', many",
    "total, -1, total is negative",
    "parts, '{}', ''",
  })
  void read_fieldThatIsWrong_namesTheDocumentAndNoSecret(
      String field, String value, String reason) {
    JsonObject fields = CODEC.write(THING);
    fields.add(field, JsonParser.parseString(value));

    assertThatThrownBy(() -> CODEC.read(document(fields)))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("things/a")
        .hasMessageContaining(reason)
        .hasMessageNotContaining("hush");
  }

  @Test
  void read_requiredFieldIsMissing_namesTheDocumentAndTheField() {
    JsonObject fields = CODEC.write(THING);
    fields.remove("code");

    assertThatThrownBy(() -> CODEC.read(document(fields)))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("things/a")
        .hasMessageContaining("code is missing");
  }

  @Test
  void collection_knowsWhichFieldsAreInstants() {
    assertThat(CODEC.collection().name()).isEqualTo("things");
    assertThat(CODEC.collection().timestamps()).containsExactlyInAnyOrder("due_at", "overdue_at");
    assertThat(CODEC.fields()).contains("open_in", "overdue_at", "parts", "write_id");
  }

  private static Document document(JsonObject fields) {
    return new Document(new DocumentKey(CODEC.collection(), "a"), fields, new Version() {});
  }
}
