package dev.whatsit.domain.document;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.whatsit.domain.failure.PermanentFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DocumentSizeTest {
  private static final DocumentKey KEY =
      new DocumentKey(new DocumentCollection("things", Set.of(), Set.of()), "a");

  /** The examples of Firestore's documentation, and the other types. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{type: 'Personal'} | 14",
        "{done: false} | 6",
        "{priority: 1} | 17",
        "{description: 'Learn Cloud Firestore'} | 34",
        "{größe: 1.5} | 16",
        "{a: null} | 3",
        "{a: ['bc', 1, true]} | 14",
        "{a: {b: 'c'}} | 6",
        "{} | 0",
      })
  void bytes_areCountedAsFirestoreDoes(String json, long bytes) {
    assertThat(DocumentSize.bytes(JsonParser.parseString(json))).isEqualTo(bytes);
  }

  @Test
  void check_documentTooLarge_namesIt() {
    assertThatThrownBy(
            () -> DocumentSize.check(List.of(put(10), put(DocumentStore.MAX_DOCUMENT_BYTES + 1))))
        .isInstanceOf(PermanentFailure.class)
        .hasMessage("things/a: 1000001 bytes are more than 1000000.");
  }

  @Test
  void check_allTogetherTooLarge_saysSo() {
    List<Write> ten =
        IntStream.range(0, 10).<Write>mapToObj(i -> put(DocumentStore.MAX_DOCUMENT_BYTES)).toList();
    DocumentSize.check(ten);
    List<Write> more = new ArrayList<>(ten);
    more.add(put(DocumentStore.MAX_COMMIT_BYTES - 10 * DocumentStore.MAX_DOCUMENT_BYTES + 1));

    assertThatThrownBy(() -> DocumentSize.check(more))
        .isInstanceOf(PermanentFailure.class)
        .hasMessage("11 documents: 10485761 bytes are more than 10485760.");
  }

  private static Write put(int bytes) {
    JsonObject fields = new JsonObject();
    fields.addProperty("a", "x".repeat(bytes - 3));
    return new Write.Put(KEY, fields, null);
  }
}
