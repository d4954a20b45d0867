package dev.whatsit.local;

import java.util.Map;

/** On the embedded backend. */
class SourceTest extends SourceSuite {
  @Override
  LocalServer start(Map<String, String> settings) throws Exception {
    return LocalServer.start(settings);
  }
}
