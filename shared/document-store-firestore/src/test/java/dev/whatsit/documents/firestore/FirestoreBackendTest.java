package dev.whatsit.documents.firestore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.backend.Backends;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FirestoreBackendTest {
  private static final Map<String, String> GOOD = Map.of("GOOGLE_CLOUD_PROJECT", "my-project");

  @Test
  void choose_google_offersDocumentsWithoutConnecting() {
    Settings settings = Settings.of(GOOD);
    Backend backend = Backends.choose(settings);

    assertThat(backend.name()).isEqualTo("google");
    assertThat(backend.documents(settings)).isPresent();
    assertThat(backend.images(settings)).isEmpty();
    Backends.close(backend);
  }

  @Test
  void documents_everythingWrong_namesEverySetting() {
    Settings settings =
        Settings.of(Map.of("FIRESTORE_EMULATOR_HOST", "nowhere", "FIRESTORE_DATABASE", "Mine"));

    assertThatThrownBy(() -> new FirestoreBackend().documents(settings))
        .isInstanceOf(InvalidSettings.class)
        .hasMessageContainingAll(
            "GOOGLE_CLOUD_PROJECT is not set",
            "FIRESTORE_DATABASE is Mine",
            "FIRESTORE_EMULATOR_HOST is nowhere");
  }

  @ParameterizedTest
  @CsvSource({
    "GOOGLE_CLOUD_PROJECT,projects/x",
    "GOOGLE_CLOUD_PROJECT,My Project",
    "FIRESTORE_DATABASE,databases/mine",
    "FIRESTORE_DATABASE,abc",
    "FIRESTORE_DATABASE,1abc",
    "FIRESTORE_DATABASE,abc-",
    "FIRESTORE_EMULATOR_HOST,http://127.0.0.1:8080",
    "FIRESTORE_EMULATOR_HOST,127.0.0.1"
  })
  void documents_wrongSetting_isRefusedByName(String name, String value) {
    assertThatThrownBy(() -> new FirestoreBackend().documents(with(name, value)))
        .isInstanceOf(InvalidSettings.class)
        .hasMessageStartingWith("wrong settings: " + name + " is " + value);
  }

  @ParameterizedTest
  @ValueSource(strings = {"(default)", "default", "abcd", "my-database-2"})
  void read_databaseThatCanBe_isTaken(String database) {
    assertThat(FirestoreSettings.read(with("FIRESTORE_DATABASE", database)))
        .isEqualTo(new FirestoreSettings("my-project", database, null));
  }

  private static Settings with(String name, String value) {
    Map<String, String> settings = new HashMap<>(GOOD);
    settings.put(name, value);
    return Settings.of(settings);
  }
}
