package dev.whatsit.classifier.onnx;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.classification.Annotation;
import dev.whatsit.domain.classification.ClassifierIdentity;
import dev.whatsit.domain.classification.DetectedObject;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.picture.Framing;
import dev.whatsit.picture.Picture;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A loaded model: its input, its session and the meaning of its outputs.
 *
 * <p>Two kinds of model are supported. An object detection model has metadata that describes its
 * input and the outputs {@code label_scores}, {@code boxes}, {@code scores} and {@code selected}.
 * It needs no settings. Any other model must be an ordinary classifier. It has one input {@code [1
 * or n, 3, H, W]} or {@code [1 or n, H, W, 3]} of floats or unsigned bytes; layout, type and size
 * are read from the graph. It has one output with a float for each label. A float input gets {@code
 * (v − MODEL_MEAN) / MODEL_STD} for values {@code v} from 0 to 1; a byte input gets the values from
 * 0 to 255. The shorter side of a picture is resized to the input, and the longer side is cropped
 * around its centre. {@code MODEL_OUTPUT} says whether the output has {@code logits}, to which a
 * softmax is applied, or {@code probabilities}. {@code MODEL_BACKGROUND} is {@code true} if the
 * labels begin with a background class that the output lacks.
 *
 * <p>Thread-safe until it is closed, if each run uses a buffer of its own.
 */
final class Model implements AutoCloseable {
  static final String SETTING = "WHATSIT_MODEL";

  static final String BUILT_IN = "coco_ssd.onnx";

  /** SHA-256 of the built-in model. Computing it takes 60 ms on a cold JVM. */
  static final String BUILT_IN_DIGEST =
      "653ab7ba6d9bc85e93c1f480833125906e9fa6cb8e6ef716ecf6545c365f180c";

  /** Settings that apply only to a model other than the built-in one. */
  private static final List<String> OF_OTHER_MODELS =
      List.of("WHATSIT_LABELS", "MODEL_OUTPUT", "MODEL_MEAN", "MODEL_STD", "MODEL_BACKGROUND");

  private final OrtEnvironment environment;
  private final OrtSession session;
  private final PictureInput input;
  private final Answers answers;
  private final ClassifierIdentity identity;

  private Model(
      OrtEnvironment environment,
      OrtSession session,
      PictureInput input,
      Answers answers,
      ClassifierIdentity identity) {
    this.environment = environment;
    this.session = session;
    this.input = input;
    this.answers = answers;
    this.identity = identity;
  }

  /** The unfiltered results of one run. */
  record Findings(List<Annotation> annotations, List<DetectedObject> objects) {}

  /**
   * Loads the model that the settings name, else the built-in one.
   *
   * @param backend opens files that are not on this machine
   * @param threads number of threads for one run
   * @throws InvalidSettings with every problem of the settings read so far and of the model
   */
  static Model load(Settings settings, Backend backend, int threads) {
    OrtEnvironment environment = OnnxEnvironment.get();
    Optional<ModelLocation> location = settings.find(SETTING).map(ModelLocation::new);
    if (location.isEmpty()) {
      for (String name : OF_OTHER_MODELS) {
        if (settings.find(name).isPresent()) {
          settings.reject(name, "is set without " + SETTING);
        }
      }
      settings.verify();
    }
    String named = location.map(ModelLocation::text).orElse(BUILT_IN);
    Loaded loaded = null;
    try (OrtSession.SessionOptions options = options(threads)) {
      if (location.isEmpty()) {
        loaded = builtIn(environment, options);
      } else if (location.get().isRemote()) {
        loaded = fromBackend(environment, options, location.get(), backend, settings);
      } else {
        loaded = fromFile(environment, options, location.get().path());
      }
    } catch (IOException | InvalidPathException e) {
      settings.reject(SETTING, "is " + named + ", which cannot be read" + ModelLocation.why(e));
    } catch (OrtException e) {
      settings.reject(
          SETTING,
          "is "
              + named
              + ", which ONNX Runtime does not load: "
              + String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
    }
    if (loaded == null) {
      settings.verify();
      throw new InvalidSettings(List.of(SETTING + " cannot be loaded"));
    }
    try {
      Model model = of(settings, backend, environment, loaded);
      settings.verify();
      return model;
    } catch (InvalidSettings e) {
      close(loaded.session);
      throw e;
    } catch (OrtException e) {
      close(loaded.session);
      throw new InvalidSettings(List.of(SETTING + " cannot be read: " + e.getMessage()));
    }
  }

  private static OrtSession.SessionOptions options(int threads) throws OrtException {
    OrtSession.SessionOptions options = new OrtSession.SessionOptions();
    options.setIntraOpNumThreads(threads);
    options.setInterOpNumThreads(1);
    options.setExecutionMode(OrtSession.SessionOptions.ExecutionMode.SEQUENTIAL);
    // Idle threads must not spin: decoding and other runs need the processors.
    options.addConfigEntry("session.intra_op.allow_spinning", "0");
    return options;
  }

  /** A session with the name and the SHA-256 of its model file. */
  private record Loaded(OrtSession session, String name, String digest) {}

  private static Loaded builtIn(OrtEnvironment environment, OrtSession.SessionOptions options)
      throws IOException, OrtException {
    try (InputStream in = Model.class.getResourceAsStream(BUILT_IN)) {
      if (in == null) {
        throw new IOException(BUILT_IN + " is not on the class path");
      }
      return new Loaded(
          environment.createSession(in.readAllBytes(), options), BUILT_IN, BUILT_IN_DIGEST);
    }
  }

  private static Loaded fromFile(
      OrtEnvironment environment, OrtSession.SessionOptions options, Path path)
      throws IOException, OrtException {
    MessageDigest sha256 = sha256();
    try (InputStream in = new DigestInputStream(Files.newInputStream(path), sha256)) {
      in.transferTo(OutputStream.nullOutputStream());
    }
    // Loaded by path, so that ONNX Runtime finds external weights in files next to it.
    return new Loaded(
        environment.createSession(path.toString(), options),
        String.valueOf(path.getFileName()),
        HexFormat.of().formatHex(sha256.digest()));
  }

  /** Copies the model to a temporary file first, so that it need not fit into the heap. */
  private static Loaded fromBackend(
      OrtEnvironment environment,
      OrtSession.SessionOptions options,
      ModelLocation location,
      Backend backend,
      Settings settings)
      throws IOException, OrtException {
    Path copy = Files.createTempFile("model", ".onnx");
    try {
      try (InputStream in = location.open(backend, settings)) {
        Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
      }
      Loaded loaded = fromFile(environment, options, copy);
      return new Loaded(loaded.session, location.name(), loaded.digest);
    } finally {
      Files.delete(copy);
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static Model of(
      Settings settings, Backend backend, OrtEnvironment environment, Loaded loaded)
      throws OrtException {
    OrtSession session = loaded.session;
    Map<String, String> metadata = session.getMetadata().getCustomMetadata();
    ModelFacts facts = new ModelFacts(settings, backend, metadata);
    String name = metadata.getOrDefault("model_name", loaded.name.replaceFirst("\\.onnx$", ""));
    ClassifierIdentity identity =
        new ClassifierIdentity("onnx", name + " " + loaded.digest.substring(0, 12));
    Map<String, NodeInfo> inputs = session.getInputInfo();
    if (inputs.size() != 1) {
      settings.reject(
          SETTING, "has " + inputs.size() + " inputs, must have one: " + inputs.keySet());
    }
    if (inputs.isEmpty()) {
      settings.verify();
    }
    NodeInfo first = inputs.values().iterator().next();
    Shape shape = Shape.of(settings, first);
    Map<String, NodeInfo> outputs = session.getOutputInfo();
    PictureInput input;
    Answers answers;
    if (outputs.keySet().containsAll(LocatedAnswers.OUTPUTS) && facts.input().isPresent()) {
      input = described(settings, facts.input().get(), first.getName(), shape);
      answers = located(settings, facts, outputs);
    } else {
      input = normalized(settings, facts, first.getName(), shape);
      answers = ranked(settings, facts, outputs);
    }
    return new Model(environment, session, input, answers, identity);
  }

  /** The size, layout and type of an input. {@link #of} rejects an unsupported one. */
  private record Shape(int width, int height, boolean channelsFirst, boolean bytes) {
    private static final Shape UNKNOWN = new Shape(1, 1, true, false);

    static Shape of(Settings settings, NodeInfo node) {
      if (!(node.getInfo() instanceof TensorInfo info)) {
        settings.reject(SETTING, "has an input that is not a tensor");
        return UNKNOWN;
      }
      boolean floats = info.type == OnnxJavaType.FLOAT;
      boolean bytes = info.type == OnnxJavaType.UINT8;
      if (!floats && !bytes) {
        settings.reject(SETTING, "has an input of " + info.type + ", must be FLOAT or UINT8");
      }
      long[] shape = info.getShape();
      String shown = Arrays.toString(shape);
      if (shape.length != 4) {
        settings.reject(SETTING, "has an input of shape " + shown + ", must have four dimensions");
        return UNKNOWN;
      }
      boolean first = shape[1] == 3;
      boolean last = shape[3] == 3;
      if (first && last) {
        settings.reject(
            SETTING, "has an input of shape " + shown + ", whose layout cannot be told");
        return UNKNOWN;
      }
      if (!first && !last) {
        settings.reject(
            SETTING, "has an input of shape " + shown + ", must have three colour channels");
        return UNKNOWN;
      }
      long height = shape[first ? 2 : 1];
      long width = shape[first ? 3 : 2];
      if (height < 1 || width < 1 || height > Framing.LARGEST || width > Framing.LARGEST) {
        settings.reject(
            SETTING,
            "has an input of shape "
                + shown
                + ", must have a fixed height and width from 1 to "
                + Framing.LARGEST);
        return UNKNOWN;
      }
      if (shape[0] != 1 && shape[0] != -1) {
        settings.reject(SETTING, "takes " + shape[0] + " pictures at once, must take one");
      }
      return new Shape((int) width, (int) height, first, bytes);
    }
  }

  /** Builds the preprocessing that the metadata's {@code input} describes. */
  private static PictureInput described(
      Settings settings, JsonObject description, String name, Shape shape) {
    String layout = text(description, "layout");
    String color = text(description, "color");
    String resize = text(description, "resize");
    double[] mean = {0, 0, 0};
    double[] std = {1, 1, 1};
    boolean understood =
        layout.equals(shape.channelsFirst ? "NCHW" : "NHWC")
            && color.equals("RGB")
            && resize.startsWith("whole image squashed")
            && !shape.bytes;
    if (description.get("range") instanceof JsonArray range
        && range.size() == 2
        && number(range.get(0))
        && number(range.get(1))) {
      double low = range.get(0).getAsDouble();
      double high = range.get(1).getAsDouble();
      understood &= low < high;
      // low + v (high − low), written as (v − mean) / std.
      Arrays.fill(std, 1 / (high - low));
      Arrays.fill(mean, -low / (high - low));
    } else {
      understood = false;
    }
    if (!understood) {
      settings.reject(SETTING, "describes its input in a way that is not understood");
    }
    Framing framing = Framing.squashed(shape.width, shape.height);
    return PictureInput.ofFloats(name, framing, shape.channelsFirst, mean, std);
  }

  private static boolean number(JsonElement element) {
    return element instanceof JsonPrimitive primitive && primitive.isNumber();
  }

  private static String text(JsonObject description, String name) {
    return description.has(name) && description.get(name).isJsonPrimitive()
        ? description.get(name).getAsString()
        : "";
  }

  private static Answers located(
      Settings settings, ModelFacts facts, Map<String, NodeInfo> outputs) {
    List<String> labels = facts.labels();
    long numbers = numbers(outputs.get("label_scores"));
    if (labels != null && labels.size() != numbers) {
      settings.reject(
          "WHATSIT_LABELS", "has " + labels.size() + " labels for " + numbers + " scores");
    }
    return new LocatedAnswers(labels == null ? List.of() : labels);
  }

  private static PictureInput normalized(
      Settings settings, ModelFacts facts, String name, Shape shape) {
    Framing framing = Framing.centreCropped(shape.width, shape.height);
    if (!shape.bytes) {
      double[] mean = facts.requiredTriple("MODEL_MEAN", true);
      double[] std = facts.requiredTriple("MODEL_STD", false);
      return PictureInput.ofFloats(name, framing, shape.channelsFirst, mean, std);
    }
    for (String setting : List.of("MODEL_MEAN", "MODEL_STD")) {
      if (facts.find(setting).isPresent()) {
        settings.reject(setting, "makes no sense: the model takes bytes from 0 to 255 as they are");
      }
    }
    return PictureInput.ofBytes(name, framing, shape.channelsFirst);
  }

  private static Answers ranked(
      Settings settings, ModelFacts facts, Map<String, NodeInfo> outputs) {
    boolean logits = facts.required("MODEL_OUTPUT", "logits", "probabilities");
    boolean background =
        facts.find("MODEL_BACKGROUND").isPresent()
            && facts.required("MODEL_BACKGROUND", "true", "false");
    List<String> labels = facts.labels();
    if (outputs.size() != 1) {
      settings.reject(
          SETTING, "has " + outputs.size() + " outputs, must have one: " + outputs.keySet());
      return new RankedAnswers("", List.of(), logits);
    }
    NodeInfo output = outputs.values().iterator().next();
    long numbers = numbers(output);
    if (numbers < 1) {
      settings.reject(
          SETTING,
          "has an output that is not [n], [1, n] or [1, n, 1, 1] floats with n fixed: "
              + output.getInfo());
    } else if (labels != null && labels.size() != numbers + (background ? 1 : 0)) {
      if (!background && labels.size() == numbers + 1) {
        settings.reject(
            "MODEL_BACKGROUND",
            "is not true, but there are "
                + labels.size()
                + " labels for "
                + numbers
                + " numbers: is the first label the background?");
      } else {
        settings.reject(
            "WHATSIT_LABELS",
            "has "
                + labels.size()
                + " labels, must have "
                + (numbers + (background ? 1 : 0))
                + (background ? " with the background" : ""));
      }
    }
    if (labels == null) {
      return new RankedAnswers(output.getName(), List.of(), logits);
    }
    List<String> named = background ? labels.subList(1, labels.size()) : labels;
    return new RankedAnswers(output.getName(), named, logits);
  }

  /** How many floats an output has for one picture; 0 if unknown. */
  private static long numbers(@Nullable NodeInfo node) {
    if (node == null
        || !(node.getInfo() instanceof TensorInfo info)
        || info.type != OnnxJavaType.FLOAT) {
      return 0;
    }
    long[] shape = info.getShape();
    boolean one = shape.length == 1;
    boolean two = shape.length == 2 && Math.abs(shape[0]) == 1;
    boolean four = shape.length == 4 && Math.abs(shape[0]) == 1 && shape[2] == 1 && shape[3] == 1;
    return one ? Math.max(0, shape[0]) : two || four ? Math.max(0, shape[1]) : 0;
  }

  PictureInput input() {
    return input;
  }

  ClassifierIdentity identity() {
    return identity;
  }

  /**
   * Runs the model on one picture.
   *
   * @param buffer from {@link PictureInput#buffer}; no other run may use it at the same time
   */
  Findings run(Picture picture, ByteBuffer buffer) throws OrtException {
    try (OnnxTensor tensor = input.tensor(environment, picture, buffer);
        OrtSession.Result result = session.run(Map.of(input.name(), tensor), answers.outputs())) {
      return new Findings(answers.annotations(result), answers.objects(result));
    }
  }

  @Override
  public void close() {
    close(session);
  }

  private static void close(OrtSession session) {
    try {
      session.close();
    } catch (OrtException e) {
      throw new UncheckedIOException(new IOException("the session does not close", e));
    }
  }
}
