package dev.whatsit.domain.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.whatsit.domain.queue.TraceParent;
import dev.whatsit.domain.queue.UnreadableMessage;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FetchMessageTest {
  private static final FetchMessage MESSAGE =
      new FetchMessage(
          new ItemKey(BatchId.random(), 999),
          new TraceParent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));

  @Test
  void fromAttributes_message_isTheMessage() {
    FetchMessage first = new FetchMessage(new ItemKey(BatchId.random(), 0), null);

    assertThat(FetchMessage.fromAttributes(MESSAGE.toMessage().attributes())).isEqualTo(MESSAGE);
    assertThat(FetchMessage.fromAttributes(first.toMessage().attributes())).isEqualTo(first);
  }

  @ParameterizedTest
  @CsvSource({"batch_id,abc", "item,''", "item,-1", "item,1000", "item,x"})
  void fromAttributes_wrongAttribute_unreadableByName(String name, String value) {
    Map<String, String> attributes = new HashMap<>(MESSAGE.toMessage().attributes());
    attributes.put(name, value);

    assertThatThrownBy(() -> FetchMessage.fromAttributes(attributes))
        .isInstanceOf(UnreadableMessage.class)
        .hasMessageStartingWith("attribute " + name + " is \"" + value + "\"");
  }
}
