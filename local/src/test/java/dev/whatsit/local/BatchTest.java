package dev.whatsit.local;

import java.io.IOException;
import java.util.Map;

/** On the embedded backend. */
class BatchTest extends BatchSuite {
  @Override
  LocalServer start(Map<String, String> settings) throws IOException {
    return LocalServer.start(settings);
  }
}
