package dev.whatsit.domain.backend;

import static dev.whatsit.domain.backend.BackendsTest.assertProblems;

import dev.whatsit.domain.classification.ModelFiles;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.settings.Settings;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PortsTest {
  private static final ModelFiles MODELS =
      name -> {
        throw new UnsupportedOperationException();
      };

  @Test
  void verify_severalWrong_namesEachOnce() {
    Settings settings = Settings.of(Map.of("PORT", "x"));
    settings.integer("PORT", 8080, 1, 65535);
    Ports ports = new Ports(new Part(), settings);

    ports.modelFiles();
    ports.images();
    ports.messages(Set.of(Topic.WORK));
    ports.open(
        () -> {
          throw settings.refusal("CLASSIFIER", "is not set");
        });

    assertProblems(
        ports::verify,
        "PORT is x, must be a whole number from 1 to 65535",
        "BUCKET is not set",
        "WHATSIT_BACKEND is some, which has no ImageStore on the class path",
        "WHATSIT_BACKEND is some, which has no MessageQueue on the class path",
        "CLASSIFIER is not set");
  }

  private static final class Part implements Backend {
    @Override
    public String name() {
      return "some";
    }

    @Override
    public Optional<ModelFiles> modelFiles(Settings settings) {
      if (settings.find("BUCKET").isEmpty()) {
        throw settings.refusal("BUCKET", "is not set");
      }
      return Optional.of(MODELS);
    }

    @Override
    public Optional<ImageStore> images(Settings settings) {
      return Optional.empty();
    }
  }
}
