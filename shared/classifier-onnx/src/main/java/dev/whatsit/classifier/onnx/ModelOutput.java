package dev.whatsit.classifier.onnx;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.whatsit.domain.classification.Annotation;
import dev.whatsit.domain.classification.DetectedObject;
import dev.whatsit.domain.settings.Settings;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Converts a model's outputs to labels and objects. Immutable. */
interface ModelOutput {
  /** The names of the outputs to compute; ONNX Runtime skips the others. */
  Set<String> names();

  /** Reads the results of one run. */
  Findings read(OrtSession.Result result) throws OrtException;

  /**
   * The unfiltered results of one run, in the model's own order.
   *
   * @param categories broad terms; null if the model has none
   * @param objects empty if the model does not locate objects
   */
  record Findings(
      List<Annotation> annotations,
      @Nullable List<Annotation> categories,
      List<DetectedObject> objects) {}

  /**
   * The outputs of an object detection model, as the detector's card ({@code coco_ssd.md})
   * describes them: {@code label_scores} {@code [1, labels]}, {@code boxes} {@code [1, boxes, 4]}
   * as top, left, bottom, right, {@code scores} {@code [1, boxes, labels]}, {@code selected} {@code
   * [k, 3]} as batch, label, box.
   */
  record Detection(List<String> labels) implements ModelOutput {
    static final Set<String> NAMES = Set.of("label_scores", "boxes", "scores", "selected");

    /** Rejects labels that do not match the outputs. */
    static Detection of(Settings settings, ModelFacts facts, Map<String, NodeInfo> outputs) {
      List<String> labels = facts.labels();
      long scores = size(outputs.get("label_scores"));
      if (labels != null && labels.size() != scores) {
        settings.reject(
            ModelFacts.LABELS, "has " + labels.size() + " labels for " + scores + " scores");
      }
      return new Detection(labels == null ? List.of() : List.copyOf(labels));
    }

    @Override
    public Set<String> names() {
      return NAMES;
    }

    @Override
    public Findings read(OrtSession.Result result) throws OrtException {
      FloatBuffer labelScores = tensor(result, "label_scores").getFloatBuffer();
      List<Annotation> annotations = new ArrayList<>(labels.size());
      for (int i = 0; i < labels.size(); i++) {
        annotations.add(new Annotation(labels.get(i), confidence(labelScores.get(i))));
      }
      LongBuffer selected = tensor(result, "selected").getLongBuffer();
      FloatBuffer boxes = tensor(result, "boxes").getFloatBuffer();
      FloatBuffer scores = tensor(result, "scores").getFloatBuffer();
      List<DetectedObject> objects = new ArrayList<>();
      for (int i = 0; i + 2 < selected.limit(); i += 3) {
        int label = (int) selected.get(i + 1);
        int box = (int) selected.get(i + 2);
        objects.add(
            new DetectedObject(
                labels.get(label),
                confidence(scores.get(box * labels.size() + label)),
                box(boxes, box * 4)));
      }
      return new Findings(annotations, null, objects);
    }

    private static DetectedObject.Box box(FloatBuffer boxes, int at) {
      double top = confidence(boxes.get(at));
      double left = confidence(boxes.get(at + 1));
      double bottom = confidence(boxes.get(at + 2));
      double right = confidence(boxes.get(at + 3));
      return new DetectedObject.Box(left, top, Math.max(left, right), Math.max(top, bottom));
    }
  }

  /**
   * The single output of an ordinary classifier: one number per label.
   *
   * @param logits whether a softmax makes confidences of the numbers
   */
  record Ranking(String name, List<String> labels, boolean logits) implements ModelOutput {
    /** Rejects settings and labels that do not match the output. */
    static Ranking of(Settings settings, ModelFacts facts, Map<String, NodeInfo> outputs) {
      boolean logits = facts.required("MODEL_OUTPUT", "logits", "probabilities");
      boolean background =
          facts.find("MODEL_BACKGROUND").isPresent()
              && facts.required("MODEL_BACKGROUND", "true", "false");
      List<String> labels = facts.labels();
      if (outputs.size() != 1) {
        throw settings.refusal(
            Model.SETTING,
            "has " + outputs.size() + " outputs, must have one: " + outputs.keySet());
      }
      NodeInfo output = outputs.values().iterator().next();
      long numbers = size(output);
      if (numbers < 1) {
        throw settings.refusal(
            Model.SETTING,
            "has an output that is not [n], [1, n] or [1, n, 1, 1] floats with n fixed: "
                + output.getInfo());
      }
      if (labels == null) {
        return new Ranking(output.getName(), List.of(), logits);
      }
      long expected = numbers + (background ? 1 : 0);
      if (!background && labels.size() == numbers + 1) {
        settings.reject(
            "MODEL_BACKGROUND",
            "is not true, but there are "
                + labels.size()
                + " labels for "
                + numbers
                + " numbers: is the first label the background?");
      } else if (labels.size() != expected) {
        settings.reject(
            ModelFacts.LABELS,
            "has "
                + labels.size()
                + " labels, must have "
                + expected
                + (background ? " with the background" : ""));
      }
      List<String> named = background ? labels.subList(1, labels.size()) : labels;
      return new Ranking(output.getName(), List.copyOf(named), logits);
    }

    @Override
    public Set<String> names() {
      return Set.of(name);
    }

    @Override
    public Findings read(OrtSession.Result result) throws OrtException {
      FloatBuffer numbers = tensor(result, name).getFloatBuffer();
      double highest = Double.NEGATIVE_INFINITY;
      for (int i = 0; i < labels.size(); i++) {
        highest = Math.max(highest, numbers.get(i));
      }
      double sum = 0;
      for (int i = 0; i < labels.size(); i++) {
        sum += Math.exp(numbers.get(i) - highest);
      }
      List<Annotation> annotations = new ArrayList<>(labels.size());
      for (int i = 0; i < labels.size(); i++) {
        double value = logits ? Math.exp(numbers.get(i) - highest) / sum : numbers.get(i);
        annotations.add(new Annotation(labels.get(i), confidence(value)));
      }
      return new Findings(annotations, null, List.of());
    }
  }

  /** How many floats an output has for one picture; 0 if unknown. */
  private static long size(@Nullable NodeInfo node) {
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

  private static OnnxTensor tensor(OrtSession.Result result, String name) throws OrtException {
    if (result.get(name).orElse(null) instanceof OnnxTensor tensor) {
      return tensor;
    }
    throw new OrtException("output " + name + " is not a tensor");
  }

  /** Clamps a model's number to a range from 0 to 1; NaN becomes 0. */
  private static double confidence(double value) {
    return value >= 0 ? Math.min(1, value) : 0;
  }
}
