package dev.whatsit.classifier.onnx;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.whatsit.domain.classification.Annotation;
import dev.whatsit.domain.classification.DetectedObject;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Reads the outputs of an object detection model, as the built-in model's card ({@code
 * MODEL_CARD.md}) describes them: {@code label_scores} {@code [1, labels]}, {@code boxes} {@code
 * [1, boxes, 4]} as top, left, bottom, right, {@code scores} {@code [1, boxes, labels]}, {@code
 * selected} {@code [k, 3]} as batch, label, box.
 */
final class LocatedAnswers implements Answers {
  static final Set<String> OUTPUTS = Set.of("label_scores", "boxes", "scores", "selected");

  private final List<String> labels;

  LocatedAnswers(List<String> labels) {
    this.labels = List.copyOf(labels);
  }

  @Override
  public Set<String> outputs() {
    return OUTPUTS;
  }

  @Override
  public List<Annotation> annotations(OrtSession.Result result) throws OrtException {
    FloatBuffer scores = Answers.tensor(result, "label_scores").getFloatBuffer();
    List<Annotation> annotations = new ArrayList<>(labels.size());
    for (int i = 0; i < labels.size(); i++) {
      annotations.add(new Annotation(labels.get(i), Selection.confidence(scores.get(i))));
    }
    return annotations;
  }

  @Override
  public List<DetectedObject> objects(OrtSession.Result result) throws OrtException {
    LongBuffer selected = Answers.tensor(result, "selected").getLongBuffer();
    FloatBuffer boxes = Answers.tensor(result, "boxes").getFloatBuffer();
    FloatBuffer scores = Answers.tensor(result, "scores").getFloatBuffer();
    List<DetectedObject> objects = new ArrayList<>();
    for (int i = 0; i + 2 < selected.limit(); i += 3) {
      int label = (int) selected.get(i + 1);
      int box = (int) selected.get(i + 2);
      double top = Selection.confidence(boxes.get(box * 4));
      double left = Selection.confidence(boxes.get(box * 4 + 1));
      double bottom = Selection.confidence(boxes.get(box * 4 + 2));
      double right = Selection.confidence(boxes.get(box * 4 + 3));
      objects.add(
          new DetectedObject(
              labels.get(label),
              Selection.confidence(scores.get(box * labels.size() + label)),
              new DetectedObject.Box(left, top, Math.max(left, right), Math.max(top, bottom))));
    }
    return objects;
  }
}
