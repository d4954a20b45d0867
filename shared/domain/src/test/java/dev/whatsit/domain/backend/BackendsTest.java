package dev.whatsit.domain.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.whatsit.domain.queue.Message;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BackendsTest {
  private static final Settings NOTHING_SET = Settings.of(Map.of());

  @Test
  void choose_nothingSetAndSeveral_isGoogle() {
    Backend chosen = Backends.choose(NOTHING_SET, List.of(part("embedded"), part("google")));

    assertThat(chosen.name()).isEqualTo("google");
  }

  @Test
  void choose_nothingSetAndOnlyOne_isThatOne() {
    Backend chosen = Backends.choose(NOTHING_SET, List.of(part("embedded"), part("embedded")));

    assertThat(chosen.name()).isEqualTo("embedded");
  }

  @Test
  void choose_unknownName_refusedWithWhatThereIs() {
    assertProblems(
        () -> Backends.choose(named("azure"), List.of(part("google"), part("embedded"))),
        "WHATSIT_BACKEND is azure, must be one of those on the class path: embedded, google");
  }

  @Test
  void choose_nothingSetAndNoDefaultAmongSeveral_refusedAsNotSet() {
    assertProblems(
        () -> Backends.choose(Settings.of(Map.of()), List.of(part("a"), part("b"))),
        "WHATSIT_BACKEND is not set, must be one of those on the class path: a, b");
  }

  @Test
  void messages_portOfTheSecondPart_isFound() {
    MessageQueue queue = new NoQueue();
    Backend chosen =
        Backends.choose(
            named("a"), List.of(part("a"), new Part("b", new NoQueue()), new Part("a", queue)));

    assertThat(chosen.messages(NOTHING_SET, Set.of())).containsSame(queue);
  }

  private static Settings named(String name) {
    return Settings.of(Map.of(Backends.SETTING, name));
  }

  private static Backend part(String name) {
    return new Part(name, null);
  }

  static void assertProblems(ThrowingCallable call, String... problems) {
    assertThatThrownBy(call)
        .asInstanceOf(type(InvalidSettings.class))
        .extracting(InvalidSettings::problems)
        .isEqualTo(List.of(problems));
  }

  private record Part(String name, @Nullable MessageQueue queue) implements Backend {
    @Override
    public Optional<MessageQueue> messages(Settings settings, Set<Topic> topics) {
      return Optional.ofNullable(queue);
    }
  }

  private static final class NoQueue implements MessageQueue {
    @Override
    public List<String> publish(Topic topic, List<Message> messages, @Nullable Instant notBefore) {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean schedules() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void check(Topic topic) {
      throw new UnsupportedOperationException();
    }
  }
}
