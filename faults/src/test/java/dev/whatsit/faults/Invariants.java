package dev.whatsit.faults;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.classification.Classification;
import dev.whatsit.domain.classification.Classifier;
import dev.whatsit.domain.classification.ModelFiles;
import dev.whatsit.domain.document.DocumentKey;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.settings.Settings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Watches the documents and the classifier of every function, and notes when an image is classified
 * more often than it may be, or a batch completed anew. It also is the clock of the documents: time
 * can leap. Thread-safe.
 */
final class Invariants {
  private final Timeline timeline;

  /** The tokens of the claims that were seen of an image. */
  private final Map<String, Set<String>> claims = new HashMap<>();

  private final Map<String, Integer> classified = new HashMap<>();
  private final Map<String, Integer> busy = new HashMap<>();

  /** The token of the claim that ended a run with a result, by image and run. */
  private final Map<String, String> finished = new HashMap<>();

  private final Map<String, String> completed = new HashMap<>();
  private final List<String> violations = new ArrayList<>();
  private volatile Duration ahead = Duration.ZERO;

  Invariants(Timeline timeline) {
    this.timeline = timeline;
  }

  /** Makes every document older. */
  void leap(Duration time) {
    ahead = ahead.plus(time);
  }

  /** What happened that must not. */
  synchronized List<String> violations() {
    return List.copyOf(violations);
  }

  /** By how much documents are older than they say. */
  Duration ahead() {
    return ahead;
  }

  /** How often the classifier was asked about the image. */
  synchronized int classified(String image) {
    return classified.getOrDefault(image, 0);
  }

  /** The backend with this invariants over it. */
  Backend over(Backend backend) {
    return new Watched(this, backend);
  }

  /** A backend that is watched. */
  record Watched(Invariants invariants, Backend backend) implements Backend {
    @Override
    public String name() {
      return backend.name();
    }

    @Override
    public Optional<DocumentStore> documents(Settings settings) {
      return backend.documents(settings).map(store -> new WatchedDocuments(invariants, store));
    }

    @Override
    public Optional<MessageQueue> messages(Settings settings, Set<Topic> topics) {
      return backend.messages(settings, topics);
    }

    @Override
    public Optional<ImageStore> images(Settings settings) {
      return backend.images(settings);
    }

    @Override
    public Optional<ImageStore> thumbnails(Settings settings) {
      return backend.thumbnails(settings);
    }

    @Override
    public Optional<ModelFiles> modelFiles(Settings settings) {
      return backend.modelFiles(settings);
    }
  }

  /** The classifier with this invariants over it. */
  Classifier over(Classifier real) {
    return new Classifier() {
      @Override
      public Classification classify(ImageDescription image) {
        String hash = image.hash().hex();
        begin(hash);
        try {
          return real.classify(image);
        } finally {
          end(hash);
        }
      }

      @Override
      public void checkReachable() {
        real.checkReachable();
      }

      @Override
      public void close() {
        real.close();
      }
    };
  }

  /** A document was written, and the writer knows it. */
  synchronized void written(DocumentKey key, JsonObject fields) {
    if (isImage(key)) {
      String status = text(fields, "status");
      timeline.add(key.id(), "written: " + status + ", attempts " + text(fields, "attempts"));
      if (status.equals("processing") && finished.containsKey(run(key, fields))) {
        violations.add(key.id() + " was claimed after its run was finished");
      }
    }
    seen(key, fields);
  }

  /** A document was read, maybe one that was written by a call whose response was lost. */
  synchronized void seen(DocumentKey key, JsonObject fields) {
    if (isImage(key)) {
      String token = text(fields, "token");
      switch (text(fields, "status")) {
        case "processing" -> claims.computeIfAbsent(key.id(), image -> new HashSet<>()).add(token);
        case "success" -> {
          String first = finished.putIfAbsent(run(key, fields), token);
          if (first != null && !first.equals(token)) {
            violations.add(key.id() + " was finished twice in one run");
          }
        }
        default -> {
          // Neither a claim nor a result.
        }
      }
    } else if (key.collection().name().equals("batches") && fields.has("completed_at")) {
      String at = text(fields, "completed_at");
      String first = completed.putIfAbsent(key.id(), at);
      if (first != null && !first.equals(at)) {
        violations.add(key.id() + " was completed at " + first + " and at " + at);
      }
    }
  }

  private static boolean isImage(DocumentKey key) {
    return key.collection().name().equals("images");
  }

  private static String run(DocumentKey key, JsonObject fields) {
    return key.id() + " " + text(fields, "run");
  }

  private static String text(JsonObject fields, String name) {
    JsonElement value = fields.get(name);
    return value == null || value.isJsonNull() ? "" : value.getAsString();
  }

  private synchronized void begin(String image) {
    int calls = classified.merge(image, 1, Integer::sum);
    int granted = claims.getOrDefault(image, Set.of()).size();
    timeline.add(image, "classify");
    if (calls > granted) {
      violations.add(image + " was classified " + calls + " times by " + granted + " claims");
    }
    if (busy.merge(image, 1, Integer::sum) > 1) {
      violations.add(image + " was classified twice at the same moment");
    }
  }

  private synchronized void end(String image) {
    busy.merge(image, -1, Integer::sum);
  }
}
