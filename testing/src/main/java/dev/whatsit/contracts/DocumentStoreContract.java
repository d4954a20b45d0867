package dev.whatsit.contracts;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import dev.whatsit.domain.document.Codec;
import dev.whatsit.domain.document.Document;
import dev.whatsit.domain.document.DocumentCollection;
import dev.whatsit.domain.document.DocumentKey;
import dev.whatsit.domain.document.DocumentSize;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.document.Documents;
import dev.whatsit.domain.document.Query;
import dev.whatsit.domain.document.Query.Cursor;
import dev.whatsit.domain.document.Query.Direction;
import dev.whatsit.domain.document.Query.Range;
import dev.whatsit.domain.document.Snapshot;
import dev.whatsit.domain.document.Step;
import dev.whatsit.domain.document.Version;
import dev.whatsit.domain.document.Write;
import dev.whatsit.domain.failure.PermanentFailure;
import dev.whatsit.domain.failure.TransientFailure;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The contract of {@link DocumentStore}. Every test writes its own documents, so the tests can run
 * against a store that is in use.
 */
public abstract class DocumentStoreContract {
  /**
   * The collection of most tests. Its queries need indexes, which some stores do not create by
   * themselves.
   */
  protected static final DocumentCollection THINGS =
      new DocumentCollection("contract_things", Set.of("at"), Set.of("tags", "labels"));

  /** Another collection, for commits that write into both. */
  protected static final DocumentCollection OTHERS =
      new DocumentCollection("contract_others", Set.of(), Set.of());

  private static final int WRITERS = 32;
  private static final int MAX_ATTEMPTS = 20;
  private static final String RED = "{colour: 'red'}";
  private static final Duration SLACK = Duration.ofSeconds(3);

  private static final Codec<Counter> COUNTERS =
      Codec.of(THINGS.name(), Counter.class)
          .derived("size", counter -> counter.by().size() > 2 ? "many" : null)
          .build();

  /** A value that several writers change. */
  record Counter(int count, List<String> by) {
    Counter plus(String writer) {
      List<String> all = new ArrayList<>(by);
      all.add(writer);
      return new Counter(count + 1, all);
    }
  }

  private final String group = UUID.randomUUID().toString();

  /** The store under test. */
  protected abstract DocumentStore store() throws Exception;

  /** The same store as another process or instance sees it. */
  protected abstract DocumentStore otherStore() throws Exception;

  /** Makes the next commit through {@link #store} succeed but lose its response. */
  protected abstract void loseNextResponse() throws Exception;

  /**
   * Makes every third call of {@link #store} to its backend fail before it is executed, until the
   * returned object is closed.
   */
  protected abstract AutoCloseable outage() throws Exception;

  /** Makes the backend of {@link #store} hang, until the returned object is closed. */
  protected abstract AutoCloseable hang() throws Exception;

  /** Whether {@link DocumentStore#getAll} reads a consistent snapshot here. */
  protected boolean readsAtOneMoment() {
    return true;
  }

  // Reading and writing one document.

  @Test
  void get_absent_isEmpty() throws Exception {
    assertThat(store().get(key("a"))).isEmpty();
    assertThat(store().getAll(List.of(key("a"), other("b")))).isEmpty();
  }

  @Test
  void create_isReadBackWithItsKeyAndFields() throws Exception {
    JsonObject fields = fields("{name: 'first', n: 1}");

    create(key("a"), fields);

    for (DocumentStore store : List.of(store(), otherStore())) {
      Document found = store.get(key("a")).orElseThrow();
      assertThat(found.key()).isEqualTo(key("a"));
      assertThat(text(found.fields())).isEqualTo(text(fields));
    }
    assertThat(store().get(other("a"))).as("in another collection").isEmpty();
  }

  @Test
  void create_longestIdWithEveryKindOfCharacter() throws Exception {
    String begin = "Az09_-" + group;
    DocumentKey key =
        new DocumentKey(THINGS, begin + "x".repeat(DocumentStore.MAX_ID_LENGTH - begin.length()));

    create(key, fields("{}"));

    assertThat(store().get(key)).isPresent();
  }

  @Test
  void put_replacesAllFields() throws Exception {
    Version version = create("a", "{old: 1, both: 1, nested: {old: 1, both: 1}}");
    JsonObject next = fields("{both: 2, fresh: 2, nested: {both: 2}}");

    put(key("a"), next, version);

    assertThat(text(found("a"))).isEqualTo(text(next));
  }

  @Test
  void put_versionsOfCommits_serveForTheNextWriteWithoutARead() throws Exception {
    Version version = create("a", "{n: 0}");
    for (int i = 1; i <= 5; i++) {
      // A different set of fields each time.
      version = put(key("a"), fields("{n: " + i + ", n" + i + ": true}"), version);
    }

    assertThat(text(found("a"))).contains("n:5", "n5:true").doesNotContain("n4");
    delete(key("a"), version);
    assertThat(store().get(key("a"))).isEmpty();
  }

  @Test
  void put_versionsOfEveryRead_serveForAWrite() throws Exception {
    create("a", "{n: 0}");

    put(key("a"), fields("{n: 1}"), store().get(key("a")).orElseThrow().version());
    put(key("a"), fields("{n: 2}"), store().getAll(List.of(key("a"))).get(0).version());
    put(key("a"), fields("{n: 3}"), store().query(mine()).get(0).version());
    put(key("a"), fields("{n: 4}"), otherStore().get(key("a")).orElseThrow().version());

    assertThat(found("a").get("n").getAsInt()).isEqualTo(4);
  }

  @Test
  void write_whoseConditionDoesNotHold_isConflictAndChangesNothing() throws Exception {
    Version older = create("changed", "{n: 1}");
    put(key("changed"), fields("{n: 2}"), older);
    Version gone = create("deleted", "{n: 1}");
    delete(key("deleted"), gone);
    List<String> before = texts(key("changed"), key("deleted"));

    for (Write write :
        List.of(
            new Write.Put(key("changed"), fields("{n: 3}"), null),
            new Write.Put(key("changed"), fields("{n: 3}"), older),
            new Write.Delete(key("changed"), older),
            new Write.Put(key("deleted"), fields("{n: 3}"), gone),
            new Write.Delete(key("deleted"), gone))) {
      assertThat(commit(write)).as(write.toString()).isEmpty();
    }

    assertThat(texts(key("changed"), key("deleted"))).isEqualTo(before).hasSize(1);
  }

  @Test
  void write_onAVersionOfAnEarlierLife_isConflict() throws Exception {
    JsonObject fields = fields("{n: 1}");
    List<Version> earlier = new ArrayList<>();
    for (int life = 0; life < 5; life++) {
      Version version = create(key("a"), fields);
      delete(key("a"), version);
      earlier.add(version);
    }
    create(key("a"), fields);

    for (Version version : earlier) {
      assertThat(commit(new Write.Put(key("a"), fields("{n: 2}"), version))).isEmpty();
      assertThat(commit(new Write.Delete(key("a"), version))).isEmpty();
    }
    assertThat(found("a").get("n").getAsInt()).isEqualTo(1);
  }

  // Several documents.

  @Test
  void commit_severalCollections_isMadeAsAWhole() throws Exception {
    Version changed = create(other("changed"), fields("{n: 1}"));
    Version deleted = create("deleted", "{n: 1}");

    List<Version> versions =
        commit(
                new Write.Put(key("created"), fields("{n: 1}"), null),
                new Write.Put(other("changed"), fields("{n: 2}"), changed),
                new Write.Delete(key("deleted"), deleted))
            .orElseThrow();

    assertThat(versions).hasSize(3);
    assertThat(found("created").get("n").getAsInt()).isEqualTo(1);
    assertThat(store().get(other("changed")).orElseThrow().fields().get("n").getAsInt())
        .isEqualTo(2);
    assertThat(store().get(key("deleted"))).isEmpty();
    put(key("created"), fields("{n: 2}"), versions.get(0));
    put(other("changed"), fields("{n: 3}"), versions.get(1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"created", "changed", "deleted"})
  void commit_oneConditionDoesNotHold_writesNothing(String broken) throws Exception {
    Version changed = create(other("changed"), fields("{n: 1}"));
    Version deleted = create("deleted", "{n: 1}");
    switch (broken) {
      case "created" -> create("created", "{n: 0}");
      case "changed" -> put(other("changed"), fields("{n: 0}"), changed);
      default -> put(key("deleted"), fields("{n: 0}"), deleted);
    }
    List<String> before = texts(key("created"), other("changed"), key("deleted"));

    assertThat(
            commit(
                new Write.Put(key("created"), fields("{n: 9}"), null),
                new Write.Put(other("changed"), fields("{n: 9}"), changed),
                new Write.Delete(key("deleted"), deleted)))
        .isEmpty();

    assertThat(texts(key("created"), other("changed"), key("deleted"))).isEqualTo(before);
  }

  @Test
  void commit_isNeverSeenInPart() throws Exception {
    assumeTrue(readsAtOneMoment());
    List<Version> versions =
        commit(
                new Write.Put(key("a"), fields("{n: 0}"), null),
                new Write.Put(other("a"), fields("{n: 0}"), null))
            .orElseThrow();
    AtomicBoolean written = new AtomicBoolean();

    List<Boolean> answers =
        Race.of(
            3,
            i ->
                () -> {
                  if (i == 0) {
                    List<Version> last = versions;
                    for (int n = 1; n <= 50; n++) {
                      last =
                          commit(
                                  new Write.Put(key("a"), fields("{n: " + n + "}"), last.get(0)),
                                  new Write.Put(other("a"), fields("{n: " + n + "}"), last.get(1)))
                              .orElseThrow();
                    }
                    written.set(true);
                    return true;
                  }
                  boolean whole = true;
                  while (!written.get()) {
                    List<Document> both = otherStore().getAll(List.of(key("a"), other("a")));
                    whole &=
                        both.get(0).fields().get("n").getAsInt()
                            == both.get(1).fields().get("n").getAsInt();
                  }
                  return whole;
                });

    assertThat(answers).containsOnly(true).hasSize(3);
  }

  @Test
  void getAll_givesThoseThatExistInTheOrderOfTheKeys() throws Exception {
    List<DocumentKey> keys = new ArrayList<>();
    List<Write> writes = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      DocumentKey key = i % 3 == 0 ? other("k" + i) : key("k" + i);
      keys.add(key);
      if (i % 5 != 0) {
        writes.add(new Write.Put(key, fields("{n: " + i + "}"), null));
      }
    }
    assertThat(store().commit(writes)).isPresent();
    Collections.shuffle(keys, new Random(11));

    List<Document> found = store().getAll(keys);

    assertThat(found.stream().map(Document::key).toList())
        .isEqualTo(
            keys.stream()
                .filter(key -> Integer.parseInt(name(key).substring(1)) % 5 != 0)
                .toList());
    assertThat(found)
        .allSatisfy(
            document ->
                assertThat("k" + document.fields().get("n").getAsInt())
                    .isEqualTo(name(document.key())));
  }

  // Values.

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'Grüße, 猫 and \uD83D\uDC08 in one text'",
        "'quotes \\\" backslash \\\\ line \\n tab \\t nothing \\u0000 end'",
        "''",
        "true",
        "false",
        "0",
        "-1",
        "9223372036854775807",
        "-9223372036854775808",
        "1.0",
        "-2.0",
        "0.1",
        "1.7976931348623157E308",
        "4.9E-324",
        "1234567890.123",
        "[]",
        "{}",
        "['one', 'two', 'one']",
        "[1, 1.0, true, 'a', {}]",
        "{a: {b: {c: [{d: [{e: 'deep'}]}]}}}",
        "{'with space': 1, 'dot.ted': 2, 'größe': 3, '`tick': 4, '$.a': 5}",
        "'2026-11-21T08:19:44.497123Z'",
      })
  void value_isReadBackAsItWas(String value) throws Exception {
    JsonObject fields = fields("{value: " + value + ", inside: {value: " + value + "}}");
    create(key("a"), fields);

    assertThat(text(found("a"))).isEqualTo(text(fields));
    assertThat(text(store().query(mine()).get(0).fields())).isEqualTo(text(fields));
  }

  @Test
  void value_numbersOfJava_areReadBackAsTheyWere() throws Exception {
    JsonObject fields = fields("{}");
    List.<Number>of(7, Long.MIN_VALUE, 1.0, 0.5f)
        .forEach(number -> fields.addProperty(number.getClass().getSimpleName(), number));
    create(key("a"), fields);

    assertThat(text(found("a"))).isEqualTo(text(fields));
  }

  @Test
  void value_null_isTheSameAsAMissingMember() throws Exception {
    Version version = create("a", "{a: null, nested: {a: null, b: 1}}");
    put(key("a"), fields("{a: null, nested: {a: null, b: 2}}"), version);

    JsonObject found = found("a");
    assertThat(found.has("a") && !found.get("a").isJsonNull()).isFalse();
    assertThat(found.getAsJsonObject("nested").get("b").getAsInt()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1970-01-01T00:00:00.000Z",
        "1969-12-31T23:59:59.999Z",
        "2026-11-21T08:19:44.497Z",
        "2026-11-21T08:19:44.000Z",
        "2026-11-21T08:19:44.490Z",
        "9999-12-31T23:59:59.999Z",
      })
  void value_instantInATimestampField_isReadBackToTheMillisecond(String instant) throws Exception {
    create("a", "{at: '" + instant + "', not_at: '" + instant + "'}");

    assertThat(found("a").get("at").getAsString()).isEqualTo(instant);
    assertThat(found("a").get("not_at").getAsString()).isEqualTo(instant);
    Query query = mine().select(Set.of("at"));
    assertThat(store().query(query).get(0).fields().get("at").getAsString()).isEqualTo(instant);
  }

  // Queries.

  @Test
  void query_withoutConditions_findsById() throws Exception {
    createAll("b", "{}", "a", "{}", "c", "{}");

    assertThat(names(mine())).containsExactly("a", "b", "c");
    assertThat(names(mine().startAfter(new Cursor(null, key("a").id())))).containsExactly("b", "c");
  }

  @Test
  void query_equality_everyFieldMustHaveItsValue() throws Exception {
    createAll(
        "both", "{colour: 'red', size: 'big'}",
        "one", "{colour: 'red', size: 'small'}",
        "none", "{colour: 'blue', size: 'small'}",
        "missing", "{colour: 'red'}",
        "others", "{colour: ['red'], size: {big: 'big'}}");
    create(other("elsewhere"), fields("{colour: 'red', size: 'big'}"));

    assertThat(names(mine().whereEqual("colour", "red").whereEqual("size", "big")))
        .containsExactly("both");
    assertThat(names(mine().whereEqual("colour", "red"))).containsExactly("both", "missing", "one");
    assertThat(names(mine().whereEqual("colour", "green"))).isEmpty();
  }

  @Test
  void query_equality_isOfTypeAndValue() throws Exception {
    createAll(
        "text", "{value: '1'}",
        "number", "{value: 1}",
        "double", "{value: 1.5}",
        "yes", "{value: true}",
        "no", "{value: false}",
        "word", "{value: 'true'}",
        "then", "{at: '2026-11-21T08:19:44.497Z'}",
        "later", "{at: '2026-11-21T08:19:44.498Z'}");

    assertThat(names(equal(new JsonPrimitive("1")))).containsExactly("text");
    assertThat(names(equal(new JsonPrimitive(1)))).containsExactly("number");
    assertThat(names(equal(new JsonPrimitive(1.5)))).containsExactly("double");
    assertThat(names(equal(new JsonPrimitive(true)))).containsExactly("yes");
    assertThat(names(equal(new JsonPrimitive(false)))).containsExactly("no");
    assertThat(names(mine().whereEqual("at", "2026-11-21T08:19:44.497Z"))).containsExactly("then");
  }

  @Test
  void query_membership_findsDocumentsWithTheValueInTheirListAndFollowsChanges() throws Exception {
    createAll(
        "first", "{tags: ['cat', 'dog'], labels: ['x']}",
        "second", "{tags: ['dog', 'cat', 'cat']}",
        "third", "{tags: ['bird', 'cats'], labels: ['cat']}",
        "empty", "{tags: []}",
        "missing", "{}");
    Version changed = create("changed", "{tags: ['cat', 'dog']}");
    Version deleted = create("deleted", "{tags: ['cat']}");
    assertThat(names(mine().whereContains("tags", "cat")))
        .containsExactly("changed", "deleted", "first", "second");

    put(key("changed"), fields("{tags: ['dog', 'fish']}"), changed);
    delete(key("deleted"), deleted);

    assertThat(names(mine().whereContains("tags", "cat"))).containsExactly("first", "second");
    assertThat(names(mine().whereContains("tags", "fish"))).containsExactly("changed");
    assertThat(names(mine().whereContains("labels", "cat"))).containsExactly("third");
    assertThat(names(mine().whereContains("tags", "mouse"))).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Direction.class)
  void query_membershipWithEqualityOrderAndCursor(Direction direction) throws Exception {
    createAll(
        "a", "{tags: ['cat'], colour: 'red', at: '2026-11-21T08:19:44.003Z'}",
        "b", "{tags: ['cat'], colour: 'red', at: '2026-11-21T08:19:44.001Z'}",
        "c", "{tags: ['cat'], colour: 'blue', at: '2026-11-21T08:19:44.002Z'}",
        "d", "{tags: ['dog'], colour: 'red', at: '2026-11-21T08:19:44.002Z'}",
        "e", "{tags: ['cat'], colour: 'red', at: '2026-11-21T08:19:44.001Z'}",
        "f", "{tags: ['cat'], colour: 'red'}");
    Query query =
        mine().whereEqual("colour", "red").whereContains("tags", "cat").orderBy("at", direction);

    List<String> expected = directed(direction, "b", "e", "a");
    assertThat(names(query)).isEqualTo(expected);
    assertThat(pages(query, "at", 1)).isEqualTo(expected);
    assertThat(store().count(query)).isEqualTo(3);
  }

  @ParameterizedTest
  @EnumSource(Direction.class)
  void query_order_tiesAreOrderedByIdAndMissingFieldsAreNotFound(Direction direction)
      throws Exception {
    createAll(
        "d", "{at: '2026-11-21T08:19:44.001Z'}",
        "a", "{at: '2026-11-21T08:19:44.002Z'}",
        "c", "{at: '2026-11-21T08:19:44.002Z'}",
        "b", "{at: '2026-11-21T08:19:44.002Z'}",
        "e", "{at: '2026-11-21T08:19:43.999Z'}",
        "f", "{}",
        "g", "{at: null}");
    Query query = mine().orderBy("at", direction);

    List<String> expected = directed(direction, "e", "d", "a", "b", "c");
    assertThat(names(query)).isEqualTo(expected);
    assertThat(names(query.limit(2))).isEqualTo(expected.subList(0, 2));
    for (int size = 1; size <= 6; size++) {
      assertThat(pages(query, "at", size)).as("pages of %s", size).isEqualTo(expected);
    }
    assertThat(store().count(query)).isEqualTo(5);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "n, -3, 5, 7, 12",
        "score, -1.5, 0.25, 3.0, 1000.5",
        "word, 'A', 'B', 'a', 'é'",
        "at, '2026-11-21T08:19:43.999Z', '2026-11-21T08:19:44.000Z', '2026-11-21T08:19:44.001Z',"
            + " '2027-01-01T00:00:00.000Z'",
      })
  void query_range_isInclusiveAndInTheOrder(
      String field, String v1, String v2, String v3, String v4) throws Exception {
    List<JsonPrimitive> values = new ArrayList<>();
    for (String value : List.of(v1, v2, v3, v4)) {
      String json = "{" + field + ": " + value + "}";
      values.add(fields(json).getAsJsonPrimitive(field));
      create("v" + values.size(), json);
    }
    create("without", "{}");

    for (Direction direction : Direction.values()) {
      assertThat(names(range(field, direction, values.get(1), values.get(2))))
          .isEqualTo(directed(direction, "v2", "v3"));
      assertThat(names(range(field, direction, null, values.get(1))))
          .isEqualTo(directed(direction, "v1", "v2"));
      assertThat(names(range(field, direction, values.get(3), null)))
          .isEqualTo(directed(direction, "v4"));
      assertThat(names(range(field, direction, null, null)))
          .isEqualTo(directed(direction, "v1", "v2", "v3", "v4"));
      Query query = range(field, direction, values.get(0), values.get(2));
      assertThat(store().count(query)).isEqualTo(3);
      assertThat(pages(query, field, 1)).isEqualTo(directed(direction, "v1", "v2", "v3"));
    }
  }

  @Test
  void query_upTo_findsWhatIsDueTheEarliestFirst() throws Exception {
    Instant now = Instant.parse("2026-11-21T08:19:44.497Z");
    createAll(
        "now", "{at: '2026-11-21T08:19:44.497Z'}",
        "early", "{at: '2026-11-20T00:00:00.000Z'}",
        "late", "{at: '2026-11-21T08:19:44.498Z'}");

    assertThat(names(mine().upTo("at", now))).containsExactly("early", "now");
    // Limits have millisecond precision, as the values have.
    assertThat(names(mine().upTo("at", now.plusNanos(999_999)))).containsExactly("early", "now");
  }

  @Test
  void query_projection_givesTheseFieldsAlone() throws Exception {
    create("a", "{name: 'x', n: 1, nested: {a: 1}, tags: ['t']}");
    Query some = mine().select(Set.of("name", "nested", "absent"));
    Query ordered = mine().orderBy("n", Direction.ASCENDING).select(Set.of("tags"));

    assertThat(text(store().query(some).get(0).fields())).isEqualTo("{name:\"x\",nested:{a:1}}");
    assertThat(text(store().query(ordered).get(0).fields())).isEqualTo("{tags:[\"t\"]}");
    Document id = store().query(mine().select(Set.of())).get(0);
    assertThat(id.key()).isEqualTo(key("a"));
    assertThat(id.fields().size()).isZero();
  }

  @Test
  void count_isOfWhatMatchesAtMostTheLimit() throws Exception {
    for (int i = 0; i < 7; i++) {
      create("k" + i, "{colour: '" + (i < 5 ? "red" : "blue") + "', n: " + i + "}");
    }

    assertThat(store().count(mine())).isEqualTo(7);
    assertThat(store().count(mine().whereEqual("colour", "red"))).isEqualTo(5);
    assertThat(store().count(mine().whereEqual("colour", "green"))).isZero();
    assertThat(store().count(mine().limit(7))).isEqualTo(7);
    assertThat(store().count(mine().limit(6))).isEqualTo(6);
    assertThat(store().count(mine().select(Set.of()))).isEqualTo(7);
  }

  @Test
  void queryAndCount_seeEveryWriteThatWasAnswered() throws Exception {
    Query red = mine().whereEqual("colour", "red");
    for (int i = 1; i <= 20; i++) {
      DocumentStore reader = i % 2 == 0 ? store() : otherStore();
      Version version = create("k" + i, "{colour: 'blue'}");
      assertThat(reader.count(red)).isEqualTo(i - 1);

      put(key("k" + i), fields("{colour: 'red'}"), version);

      assertThat(reader.query(red)).hasSize(i);
      assertThat(reader.count(red)).isEqualTo(i);
    }
  }

  /** One caller reads pages while another one moves, deletes and creates other documents. */
  @ParameterizedTest
  @EnumSource(Direction.class)
  void cursor_whileOthersWrite_skipsAndDoublesNothingThatStoodStill(Direction direction)
      throws Exception {
    List<String> still = new ArrayList<>();
    List<Version> moving = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      still.add("still%02d".formatted(i));
      // Three of each value, so that some pages end between equal values.
      create(still.get(i), "{n: " + 10 * (i / 3) + "}");
    }
    for (int i = 0; i < 10; i++) {
      moving.add(create("moving" + i, "{n: " + 20 * i + "}"));
    }
    AtomicBoolean read = new AtomicBoolean();
    List<Callable<Boolean>> callers =
        List.of(
            () -> {
              try {
                for (int round = 0; round < 5; round++) {
                  List<String> all = pages(mine().orderBy("n", direction), "n", 7);
                  assertThat(all.stream().filter(name -> name.startsWith("still")).toList())
                      .isEqualTo(directed(direction, still.toArray(new String[0])));
                }
                return true;
              } finally {
                read.set(true);
              }
            },
            () -> {
              Random random = new Random(7);
              while (!read.get()) {
                int i = random.nextInt(moving.size());
                JsonObject fields = fields("{n: " + random.nextInt(200) + "}");
                if (random.nextInt(4) == 0) {
                  delete(key("moving" + i), moving.get(i));
                  moving.set(i, create(key("moving" + i), fields));
                } else {
                  moving.set(i, put(key("moving" + i), fields, moving.get(i)));
                }
              }
              return true;
            });

    assertThat(Race.of(2, callers::get)).containsOnly(true);
  }

  // Sizes.

  @Test
  void commit_documentOfTheLargestSize_isWritten() throws Exception {
    JsonObject fields = sized(DocumentStore.MAX_DOCUMENT_BYTES);

    Version version = create(key("a"), fields);
    put(key("a"), sized(DocumentStore.MAX_DOCUMENT_BYTES), version);

    assertThat(found("a").get("text").getAsString())
        .hasSameSizeAs(fields.get("text").getAsString());
  }

  /** One document above its limit, and eleven that are too large together. */
  @ParameterizedTest
  @CsvSource({"2, 1", "11, 0"})
  void commit_thatIsTooLarge_failsForGoodAndWritesNothing(int documents, int excess)
      throws Exception {
    DocumentStore store = store();
    List<Write> writes = new ArrayList<>();
    for (int i = 0; i < documents; i++) {
      JsonObject fields = sized(DocumentStore.MAX_DOCUMENT_BYTES + excess);
      writes.add(new Write.Put(key("k" + i), fields, null));
    }

    assertThatThrownBy(() -> store.commit(writes))
        .isInstanceOfSatisfying(
            PermanentFailure.class,
            e -> assertThat(e.code()).isEqualTo(DocumentStore.DOCUMENT_TOO_LARGE))
        .hasMessageContaining(excess == 0 ? "" : key("k0").toString());
    assertThat(store.query(mine())).isEmpty();
  }

  // Changes by Documents.

  @Test
  void change_keepsFieldsThatItDoesNotKnowAndReplaceDoesNot() throws Exception {
    Documents<Counter> counters = new Documents<>(store(), COUNTERS);
    JsonObject fields =
        fields(
            "{count: 1, by: ['x'], size: 'many', a_text: 'Größe', a_long: 9223372036854775807,"
                + " a_double: 1.0, a_bool: false, a_list: [1, {a: 'b'}], an_object: {a: {b: 1.5}},"
                + " an_empty_list: [], at: '2026-11-21T08:19:44.497Z'}");
    create(key("a"), fields);

    Snapshot<Counter> changed = increment(counters, counters.get(id("a")), "y");

    fields.addProperty("count", 2);
    fields.add("by", JsonParser.parseString("['x', 'y']"));
    fields.remove("size");
    fields.remove(Documents.WRITE_ID);
    JsonObject found = found("a");
    found.remove(Documents.WRITE_ID);
    assertThat(text(found)).isEqualTo(text(fields));

    counters.change(changed, seen -> Step.replace(new Counter(0, List.of()), written -> written));
    assertThat(found("a").keySet()).containsExactlyInAnyOrder("count", "by", Documents.WRITE_ID);
  }

  @Test
  void change_manyWritersOfOneDocument_noneIsLostAndEachTriesABoundedNumberOfTimes()
      throws Exception {
    FaultyDocumentStore store = new FaultyDocumentStore(store());
    FaultyDocumentStore elsewhere = new FaultyDocumentStore(otherStore());

    List<Integer> counts =
        Race.of(
            WRITERS,
            i ->
                () -> {
                  Documents<Counter> counters =
                      new Documents<>(i % 2 == 0 ? store : elsewhere, COUNTERS);
                  return increment(counters, Snapshot.absent(id("a")), "w" + i)
                      .find()
                      .orElseThrow()
                      .count();
                });

    assertThat(counts)
        .containsExactlyInAnyOrderElementsOf(IntStream.rangeClosed(1, WRITERS).boxed().toList());
    Counter counter = new Documents<>(store, COUNTERS).get(id("a")).find().orElseThrow();
    assertThat(counter.count()).isEqualTo(WRITERS);
    assertThat(counter.by()).hasSize(WRITERS).doesNotHaveDuplicates();
    List<String> calls = new ArrayList<>(store.take());
    calls.addAll(elsewhere.take());
    assertThat(Collections.frequency(calls, "commit")).isBetween(WRITERS, WRITERS * MAX_ATTEMPTS);
  }

  @Test
  void change_ofAKnownSnapshotReportedAsConflict_recognisesItsOwnWrite() throws Exception {
    FaultyDocumentStore store = new FaultyDocumentStore(store());
    Documents<Counter> counters = new Documents<>(store, COUNTERS);

    store.reportNextCommitAsConflict();
    Snapshot<Counter> created = increment(counters, Snapshot.absent(id("a")), "one");
    store.reportNextCommitAsConflict();
    Snapshot<Counter> changed = increment(counters, created, "two");

    assertThat(store.take()).containsExactly("commit", "get", "commit", "get");
    assertThat(changed.find()).hasValue(new Counter(2, List.of("one", "two")));
    assertThat(increment(counters, changed, "three").find().orElseThrow().count()).isEqualTo(3);
    assertThat(store.take())
        .as("the result of a change serves for the next")
        .containsExactly("commit");
  }

  @Test
  void change_responseLost_isWrittenOnceWhateverTheCallerIsTold() throws Exception {
    Documents<Counter> counters = new Documents<>(store(), COUNTERS);
    List<String> told = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      String writer = "w" + i;
      Snapshot<Counter> seen = counters.get(id("a"));
      loseNextResponse();
      try {
        increment(counters, seen, writer);
      } catch (TransientFailure e) {
        assertThat(e).hasMessageContaining(key("a").toString());
      }
      told.add(writer);
    }

    assertThat(counters.get(id("a")).find()).hasValue(new Counter(3, told));
  }

  // Failures.

  @Test
  void outage_inPart_isAFailureOrARightAnswer() throws Exception {
    createAll("k0", RED, "k1", RED, "k2", RED, "k3", RED);
    DocumentStore store = store();
    List<DocumentKey> keys = IntStream.range(0, 4).mapToObj(i -> key("k" + i)).toList();
    int failures = 0;
    try (AutoCloseable outage = outage()) {
      for (int i = 0; i < 6; i++) {
        JsonObject fields = fields("{colour: 'blue', n: " + i + "}");
        DocumentKey created = key("created" + i);
        List<Callable<Object>> calls =
            List.of(
                () -> store.get(keys.get(0)).isPresent(),
                () -> store.getAll(keys).size() == 4,
                () -> store.query(mine().whereEqual("colour", "red")).size() == 4,
                () -> store.count(mine().whereEqual("colour", "red")) == 4,
                () -> store.commit(List.of(new Write.Put(created, fields, null))).isPresent());
        for (Callable<Object> call : calls) {
          try {
            assertThat(call.call()).isEqualTo(true);
          } catch (TransientFailure e) {
            failures++;
            assertThat(e).hasMessageContaining(THINGS.name());
          }
        }
      }
    }

    // The adapter may retry. Each of the 30 calls may fail, but none may be done in part.
    assertThat(failures).isLessThan(30);
    assertThat(store.count(mine().whereEqual("colour", "red"))).isEqualTo(4);
  }

  @Test
  void outage_inPart_losesAndDoublesNoChange() throws Exception {
    int writers = 4;
    int rounds = 5;
    DocumentStore store = store();
    try (AutoCloseable outage = outage()) {
      Race.of(
          writers,
          i ->
              () -> {
                Documents<Counter> counters = new Documents<>(store, COUNTERS);
                for (int round = 0; round < rounds; round++) {
                  untilDone(counters, "w" + i + "-" + round);
                }
                return true;
              });
    }

    Counter counter = new Documents<>(store, COUNTERS).get(id("a")).find().orElseThrow();
    assertThat(counter.by()).hasSize(writers * rounds).doesNotHaveDuplicates();
    assertThat(counter.count()).isEqualTo(writers * rounds);
  }

  @Test
  void hanging_everyCallEndsWithinItsDeadline() throws Exception {
    create("a", "{n: 1}");
    DocumentStore store = store();
    List<Callable<Object>> calls =
        List.of(
            () -> store.commit(List.of(new Write.Put(key("b"), fields("{}"), null))),
            () -> store.commit(List.of(new Write.Put(key("c"), fields("{}"), null))),
            () -> store.get(key("a")).isPresent(),
            () -> store.getAll(List.of(key("a"))).size() == 1,
            () -> store.query(mine().orderBy("n", Direction.ASCENDING)).size() == 1,
            () -> store.count(mine().orderBy("n", Direction.ASCENDING)) == 1);

    List<Object> answers;
    long begin = System.nanoTime();
    try (AutoCloseable hanging = hang()) {
      answers =
          Race.of(
              calls.size(),
              i ->
                  () -> {
                    try {
                      return calls.get(i).call();
                    } catch (TransientFailure e) {
                      return e;
                    }
                  });
    }
    Duration took = Duration.ofNanos(System.nanoTime() - begin);

    assertThat(took).isLessThan(Duration.ofSeconds(DocumentStore.MAX_CALL_SECONDS).plus(SLACK));
    assertThat(answers.subList(0, 2))
        .allSatisfy(
            answer ->
                assertThat(answer)
                    .asInstanceOf(type(TransientFailure.class))
                    .satisfies(e -> assertThat(e).hasMessageContaining(THINGS.name())));
    // Reads may succeed while the backend hangs; then their results must be correct.
    assertThat(answers.subList(2, answers.size()))
        .allSatisfy(
            answer -> {
              if (!(answer instanceof TransientFailure)) {
                assertThat(answer).isEqualTo(true);
              }
            });
    assertThat(store.get(key("a"))).as("afterwards").isPresent();
    assertThat(commit(new Write.Put(key("d"), fields("{}"), null))).isPresent();
  }

  @Test
  void check_storeThatAnswers_doesNothing() throws Exception {
    store().check();
  }

  private void untilDone(Documents<Counter> counters, String writer) {
    for (int attempt = 0; attempt < 50; attempt++) {
      try {
        Snapshot<Counter> seen = counters.get(id("a"));
        if (seen.value() != null && seen.value().by().contains(writer)) {
          return;
        }
        increment(counters, seen, writer);
        return;
      } catch (TransientFailure e) {
        // Retry, as a redelivered message would.
      }
    }
    throw new AssertionError(writer + " never got through");
  }

  private static Snapshot<Counter> increment(
      Documents<Counter> counters, Snapshot<Counter> seen, String writer) {
    return counters.change(
        seen,
        current ->
            current.find().map(Counter::by).orElse(List.of()).contains(writer)
                ? Step.answer(current)
                : Step.put(
                    current.find().orElse(new Counter(0, List.of())).plus(writer),
                    written -> written));
  }

  private DocumentKey key(String name) {
    return new DocumentKey(THINGS, id(name));
  }

  private DocumentKey other(String name) {
    return new DocumentKey(OTHERS, id(name));
  }

  private String id(String name) {
    return group + "-" + name;
  }

  private String name(DocumentKey key) {
    return key.id().substring(group.length() + 1);
  }

  /** The documents of this test in {@link #THINGS}. */
  private Query mine() {
    return Query.in(THINGS).whereEqual("group", group);
  }

  private Query equal(JsonPrimitive value) {
    return new Query(
        THINGS,
        Map.of("group", new JsonPrimitive(group), "value", value),
        null,
        null,
        null,
        null,
        null,
        100);
  }

  private Query range(
      String field, Direction direction, @Nullable JsonPrimitive from, @Nullable JsonPrimitive to) {
    return new Query(
        THINGS,
        Map.of("group", new JsonPrimitive(group)),
        null,
        new Query.Order(field, direction),
        new Range(from, to),
        null,
        null,
        100);
  }

  private List<String> names(Query query) throws Exception {
    return store().query(query).stream().map(document -> name(document.key())).toList();
  }

  private List<String> pages(Query query, String field, int size) throws Exception {
    List<String> all = new ArrayList<>();
    Query next = query.limit(size);
    while (true) {
      List<Document> page = store().query(next);
      page.forEach(document -> all.add(name(document.key())));
      if (page.size() < size) {
        return all;
      }
      Document last = page.get(page.size() - 1);
      next = next.startAfter(new Cursor(last.fields().getAsJsonPrimitive(field), last.key().id()));
    }
  }

  private static List<String> directed(Direction direction, String... ascending) {
    List<String> names = new ArrayList<>(List.of(ascending));
    if (direction == Direction.DESCENDING) {
      Collections.reverse(names);
    }
    return names;
  }

  /** These fields, plus those that every document of this test has. */
  private JsonObject fields(String json) {
    JsonObject fields = JsonParser.parseString(json).getAsJsonObject();
    fields.addProperty("group", group);
    fields.addProperty(Documents.WRITE_ID, UUID.randomUUID().toString());
    return fields;
  }

  private JsonObject sized(int bytes) {
    JsonObject fields = fields("{text: ''}");
    fields.addProperty("text", "x".repeat((int) (bytes - DocumentSize.bytes(fields))));
    return fields;
  }

  /** Creates documents, given as names and fields in turn. */
  private void createAll(String... namesAndFields) throws Exception {
    for (int i = 0; i < namesAndFields.length; i += 2) {
      create(namesAndFields[i], namesAndFields[i + 1]);
    }
  }

  private Version create(String name, String json) throws Exception {
    return create(key(name), fields(json));
  }

  private Version create(DocumentKey key, JsonObject fields) throws Exception {
    return commit(new Write.Put(key, fields, null)).orElseThrow().get(0);
  }

  private Version put(DocumentKey key, JsonObject fields, Version expected) throws Exception {
    return commit(new Write.Put(key, fields, expected)).orElseThrow().get(0);
  }

  private void delete(DocumentKey key, Version expected) throws Exception {
    assertThat(commit(new Write.Delete(key, expected))).isPresent();
  }

  private Optional<List<Version>> commit(Write... writes) throws Exception {
    return store().commit(List.of(writes));
  }

  private JsonObject found(String name) throws Exception {
    return store().get(key(name)).orElseThrow().fields();
  }

  private List<String> texts(DocumentKey... keys) throws Exception {
    return store().getAll(List.of(keys)).stream()
        .map(document -> document.key() + text(document.fields()))
        .toList();
  }

  /**
   * A canonical text of a value: members in the order of their names, and doubles, which have
   * several spellings, distinguished from integers.
   */
  private static String text(JsonElement value) {
    if (value instanceof JsonObject object) {
      return object.entrySet().stream()
          .sorted(Map.Entry.comparingByKey())
          .map(member -> member.getKey() + ":" + text(member.getValue()))
          .collect(joining(",", "{", "}"));
    }
    if (value instanceof JsonArray array) {
      return array.asList().stream()
          .map(DocumentStoreContract::text)
          .collect(joining(",", "[", "]"));
    }
    if (value instanceof JsonPrimitive number
        && number.isNumber()
        && !number.getAsString().matches("-?[0-9]+")) {
      return Double.toString(number.getAsDouble());
    }
    return value.toString();
  }
}
