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
 * Watches the documents and the classifier of every function. Records a violation when an image is
 * classified more often than allowed, or when a batch is completed again. It is also the clock of
 * the documents: a test can move time forward. Thread-safe.
 */
final class Invariants {
  private final Calls calls;

  /** The fencing tokens of the observed claims of an image. */
  private final Map<String, Set<String>> claims = new HashMap<>();

  private final Map<String, Integer> classified = new HashMap<>();
  private final Map<String, Integer> busy = new HashMap<>();

  /** The fencing token of the claim that finished a run with a result, by image and run. */
  private final Map<String, String> finished = new HashMap<>();

  private final Map<String, String> completed = new HashMap<>();
  private final List<String> violations = new ArrayList<>();
  private volatile Duration ahead = Duration.ZERO;

  Invariants(Calls calls) {
    this.calls = calls;
  }

  /** Moves time forward: every document becomes older. */
  void leap(Duration time) {
    ahead = ahead.plus(time);
  }

  /** The violations so far. */
  synchronized List<String> violations() {
    return List.copyOf(violations);
  }

  /** How far time was moved forward. */
  Duration ahead() {
    return ahead;
  }

  /** Wraps a backend with these checks. */
  Backend over(Backend backend) {
    return new Watched(this, backend);
  }

  /** A backend with these checks. */
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

  /** Wraps a classifier with these checks. */
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

  /** Called when the response to a successful write has arrived. */
  synchronized void written(DocumentKey key, JsonObject fields) {
    if (isImage(key)) {
      String status = text(fields, "status");
      calls.addEvent(key.id(), "written: " + status + ", attempts " + text(fields, "attempts"));
      if (status.equals("processing") && finished.containsKey(run(key, fields))) {
        violations.add(key.id() + " was claimed after its run was finished");
      }
    }
    seen(key, fields);
  }

  /** Called after a read. A write may have made the document although its response was lost. */
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
    int count = classified.merge(image, 1, Integer::sum);
    int granted = claims.getOrDefault(image, Set.of()).size();
    calls.addEvent(image, "classify");
    if (count > granted) {
      violations.add(image + " was classified " + count + " times by " + granted + " claims");
    }
    if (busy.merge(image, 1, Integer::sum) > 1) {
      violations.add(image + " was classified twice at the same moment");
    }
  }

  private synchronized void end(String image) {
    busy.merge(image, -1, Integer::sum);
  }
}
