package dev.whatsit.domain.callback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.whatsit.domain.queue.TraceParent;
import dev.whatsit.domain.queue.UnreadableMessage;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResultMessageTest {
  private static final Subject SUBJECT = new Subject("batch-17", 2);
  private static final ResultMessage MESSAGE =
      new ResultMessage(
          SUBJECT,
          CallbackId.of(SUBJECT, CallbackKind.WEBHOOK, "https://example.org/"),
          new TraceParent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));

  @Test
  void fromAttributes_toOneOrToAll_isTheMessage() {
    ResultMessage toAll = ResultMessage.toAll(SUBJECT);

    assertThat(ResultMessage.fromAttributes(MESSAGE.toMessage().attributes())).isEqualTo(MESSAGE);
    assertThat(ResultMessage.fromAttributes(toAll.toMessage().attributes())).isEqualTo(toAll);
    assertThat(MESSAGE.toMessage().name()).isNotEqualTo(toAll.toMessage().name());
  }

  @ParameterizedTest
  @CsvSource({
    "subject,''",
    "subject,a/b",
    "run,0",
    "run,x",
    "run,2147483648",
    "callback,''",
    "callback,batch-17"
  })
  void fromAttributes_wrongAttribute_unreadableByName(String name, String value) {
    Map<String, String> attributes = new HashMap<>(MESSAGE.toMessage().attributes());
    attributes.put(name, value);

    assertThatThrownBy(() -> ResultMessage.fromAttributes(attributes))
        .isInstanceOf(UnreadableMessage.class)
        .hasMessageStartingWith("attribute " + name + " is \"" + value + "\"");
  }
}
