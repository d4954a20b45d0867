package dev.whatsit.domain.document;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonPrimitive;
import dev.whatsit.domain.document.Query.Cursor;
import dev.whatsit.domain.document.Query.Direction;
import dev.whatsit.domain.document.Query.Range;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class QueryTest {
  private static final DocumentCollection THINGS =
      new DocumentCollection("things", Set.of("at"), Set.of("tags"));

  @Test
  void in_findsAllById() {
    Query query = Query.in(THINGS);

    assertThat(query.equal()).isEmpty();
    assertThat(query.order()).isNull();
    assertThat(query.select()).isNull();
    assertThat(query.limit()).isEqualTo(Query.MAX_LIMIT);
  }

  @Test
  void eachStep_keepsTheOthers() {
    Query query =
        Query.in(THINGS)
            .whereEqual("colour", "red")
            .whereEqual("size", "big")
            .whereContains("tags", "cat")
            .upTo("at", Instant.parse("2026-11-21T08:19:44.4979Z"))
            .startAfter(new Cursor(new JsonPrimitive("x"), "a"))
            .select(Set.of("colour"))
            .limit(5);

    assertThat(query)
        .isEqualTo(
            new Query(
                THINGS,
                Map.of("colour", new JsonPrimitive("red"), "size", new JsonPrimitive("big")),
                new Query.Contains("tags", "cat"),
                new Query.Order("at", Direction.ASCENDING),
                new Range(null, new JsonPrimitive("2026-11-21T08:19:44.497Z")),
                new Cursor(new JsonPrimitive("x"), "a"),
                Set.of("colour"),
                5));
  }

  @Test
  void partsThatDoNotFit_areRefused() {
    Query byId = Query.in(THINGS);
    Query inOrder = byId.orderBy("at", Direction.DESCENDING);
    Range range = new Range(null, null);

    assertThatThrownBy(() -> byId.limit(0)).hasMessageContaining("limit must be 1 to 10000: 0");
    assertThatThrownBy(() -> byId.limit(Query.MAX_LIMIT + 1)).hasMessageContaining("10001");
    assertThatThrownBy(() -> new Query(THINGS, Map.of(), null, null, range, null, null, 1))
        .hasMessageContaining("range");
    assertThatThrownBy(() -> byId.startAfter(new Cursor(new JsonPrimitive(1), "a")))
        .hasMessageContaining("cursor");
    assertThatThrownBy(() -> inOrder.startAfter(new Cursor(null, "a")))
        .hasMessageContaining("cursor");
    assertThatThrownBy(() -> byId.whereContains("colour", "red"))
        .hasMessageContaining("colour is not a list field of things");
  }
}
