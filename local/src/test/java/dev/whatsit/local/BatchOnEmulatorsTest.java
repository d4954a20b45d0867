package dev.whatsit.local;

import dev.whatsit.emulators.Emulator;
import dev.whatsit.emulators.junit.EmulatorExtension;
import java.util.Map;
import org.junit.jupiter.api.extension.RegisterExtension;

/** On Google's emulators. There is none for Cloud Tasks, so the sweep publishes what is due. */
class BatchOnEmulatorsTest extends BatchSuite {
  @RegisterExtension
  static final EmulatorExtension PUB_SUB = EmulatorExtension.of(Emulator.PUB_SUB);

  @RegisterExtension
  static final EmulatorExtension FIRESTORE = EmulatorExtension.of(Emulator.FIRESTORE);

  @Override
  LocalServer start(Map<String, String> settings) throws Exception {
    return Emulated.start(settings, PUB_SUB, FIRESTORE);
  }
}
