package dev.whatsit.classifier.onnx;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import com.google.gson.JsonObject;
import dev.whatsit.classifier.onnx.ModelOutput.Findings;
import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
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
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

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

  /** The built-in models. The setting of the same name switches one off. */
  enum BuiltIn {
    /** Detects and locates 80 kinds of things. */
    DETECTOR("coco_ssd.onnx", "653ab7ba6d9bc85e93c1f480833125906e9fa6cb8e6ef716ecf6545c365f180c"),
    /** Tells 1,000 kinds of things apart. */
    LABELS(
        "efficientnet_lite0.onnx",
        "7236e27b3ba054b4c7ce1a7e3edbdad9174fd8ad529622e0a4a64c311d03ba4d");

    final String file;

    /** SHA-256 of the file. Computing it takes 60 ms on a cold JVM. */
    final String digest;

    BuiltIn(String file, String digest) {
      this.file = file;
      this.digest = digest;
    }
  }

  /** Settings that apply only to a model other than the built-in ones. */
  private static final List<String> CUSTOM_MODEL_SETTINGS =
      List.of("WHATSIT_LABELS", "MODEL_OUTPUT", "MODEL_MEAN", "MODEL_STD", "MODEL_BACKGROUND");

  private static final List<String> SWITCH = List.of("on", "off");

  private final OrtEnvironment environment;
  private final OrtSession session;
  private final ModelInput input;
  private final ModelOutput output;
  private final String version;
  private final UnaryOperator<Findings> words;

  private Model(
      OrtEnvironment environment,
      OrtSession session,
      ModelInput input,
      ModelOutput output,
      String version,
      UnaryOperator<Findings> words) {
    this.environment = environment;
    this.session = session;
    this.input = input;
    this.output = output;
    this.version = version;
    this.words = words;
  }

  /**
   * Loads the model that the settings name, else the built-in ones that are not switched off.
   *
   * @param backend opens files that are not on this machine
   * @param threads number of threads for one run
   * @throws InvalidSettings with every problem of the settings read so far and of the model
   */
  static List<Model> load(Settings settings, Backend backend, int threads) {
    Optional<String> other = settings.find(SETTING);
    if (other.isEmpty()) {
      return builtIn(settings, backend, threads);
    }
    for (BuiltIn builtIn : BuiltIn.values()) {
      if (settings.find(builtIn.name()).isPresent()) {
        settings.reject(
            builtIn.name(), "is set beside " + SETTING + ", which replaces the built-in models");
      }
    }
    ModelLocation location = new ModelLocation(other.get());
    return List.of(
        load(
            settings,
            backend,
            location.text(),
            (environment, options) ->
                location.isRemote()
                    ? fromBackend(environment, options, location, backend, settings)
                    : fromFile(environment, options, Path.of(location.text())),
            threads,
            UnaryOperator.identity()));
  }

  private static List<Model> builtIn(Settings settings, Backend backend, int threads) {
    for (String name : CUSTOM_MODEL_SETTINGS) {
      if (settings.find(name).isPresent()) {
        settings.reject(name, "is set without " + SETTING);
      }
    }
    boolean detector = settings.oneOf("DETECTOR", "on", SWITCH).equals("on");
    boolean labels = settings.oneOf("LABELS", "on", SWITCH).equals("on");
    if (!detector && !labels) {
      settings.reject("LABELS", "is off, and DETECTOR too; one must be on");
    }
    settings.verify();
    Vocabulary vocabulary = Vocabulary.load();
    List<Model> models = new ArrayList<>();
    try {
      if (detector) {
        UnaryOperator<Findings> words = labels ? vocabulary::renamed : UnaryOperator.identity();
        models.add(builtIn(settings, backend, BuiltIn.DETECTOR, threads, words));
      }
      if (labels) {
        models.add(builtIn(settings, backend, BuiltIn.LABELS, threads, vocabulary::withTerms));
      }
      return models;
    } catch (InvalidSettings e) {
      models.forEach(Model::close);
      throw e;
    }
  }

  private static Model builtIn(
      Settings settings,
      Backend backend,
      BuiltIn model,
      int threads,
      UnaryOperator<Findings> words) {
    return load(
        settings,
        backend,
        model.file,
        (environment, options) ->
            new Loaded(
                environment.createSession(Vocabulary.resource(model.file), options),
                model.file,
                model.digest),
        threads,
        words);
  }

  private static Model load(
      Settings settings,
      Backend backend,
      String location,
      Source source,
      int threads,
      UnaryOperator<Findings> words) {
    OrtEnvironment environment = OnnxEnvironment.get();
    Loaded loaded = open(settings, environment, location, source, threads);
    try {
      Model model = of(settings, backend, environment, loaded, words);
      settings.verify();
      return model;
    } catch (InvalidSettings e) {
      close(loaded.session);
      throw e;
    } catch (OrtException e) {
      close(loaded.session);
      throw settings.refusal(SETTING, "cannot be read: " + e.getMessage());
    }
  }

  /** A session with the name and the SHA-256 of its model file. */
  private record Loaded(OrtSession session, String name, String digest) {}

  /** Opens a model file. */
  private interface Source {
    Loaded open(OrtEnvironment environment, OrtSession.SessionOptions options)
        throws IOException, OrtException;
  }

  private static Loaded open(
      Settings settings, OrtEnvironment environment, String location, Source source, int threads) {
    try (OrtSession.SessionOptions options = options(threads)) {
      return source.open(environment, options);
    } catch (IOException | InvalidPathException e) {
      throw settings.refusal(
          SETTING, "is " + location + ", which cannot be read: " + e.getMessage());
    } catch (OrtException e) {
      throw settings.refusal(
          SETTING,
          "is "
              + location
              + ", which ONNX Runtime does not load: "
              + String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
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

  private static Loaded fromFile(
      OrtEnvironment environment, OrtSession.SessionOptions options, Path path)
      throws IOException, OrtException {
    MessageDigest sha256 = ImageHash.newDigest();
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

  private static Model of(
      Settings settings,
      Backend backend,
      OrtEnvironment environment,
      Loaded loaded,
      UnaryOperator<Findings> words)
      throws OrtException {
    OrtSession session = loaded.session;
    Map<String, String> metadata = session.getMetadata().getCustomMetadata();
    ModelFacts facts = new ModelFacts(settings, backend, metadata);
    String name = metadata.getOrDefault("model_name", loaded.name.replaceFirst("\\.onnx$", ""));
    String version = name + " " + loaded.digest.substring(0, 12);
    Map<String, NodeInfo> inputs = session.getInputInfo();
    if (inputs.size() != 1) {
      throw settings.refusal(
          SETTING, "has " + inputs.size() + " inputs, must have one: " + inputs.keySet());
    }
    NodeInfo first = inputs.values().iterator().next();
    Map<String, NodeInfo> outputs = session.getOutputInfo();
    Optional<JsonObject> description = facts.input();
    if (description.isPresent() && outputs.keySet().containsAll(ModelOutput.Detection.NAMES)) {
      return new Model(
          environment,
          session,
          ModelInput.described(settings, description.get(), first),
          ModelOutput.Detection.of(settings, facts, outputs),
          version,
          words);
    }
    return new Model(
        environment,
        session,
        ModelInput.ordinary(settings, facts, first),
        ModelOutput.Ranking.of(settings, facts, outputs),
        version,
        words);
  }

  ModelInput input() {
    return input;
  }

  /** The model's name and the beginning of its file's SHA-256. */
  String version() {
    return version;
  }

  /**
   * Runs the model on one picture.
   *
   * @param buffer as {@link ModelInput#tensor} needs it; no other run may use it at the same time
   */
  Findings run(Picture picture, ByteBuffer buffer) throws OrtException {
    try (OnnxTensor tensor = input.tensor(environment, picture, buffer);
        OrtSession.Result result = session.run(Map.of(input.name(), tensor), output.names())) {
      return words.apply(output.read(result));
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
