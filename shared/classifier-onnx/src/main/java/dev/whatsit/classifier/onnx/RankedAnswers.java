package dev.whatsit.classifier.onnx;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.whatsit.domain.classification.Annotation;
import dev.whatsit.domain.classification.DetectedObject;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Reads the single output of an ordinary classifier: one number per label. */
final class RankedAnswers implements Answers {
  private final String output;
  private final List<String> labels;
  private final boolean logits;

  /** Needs as many labels as the output has numbers. */
  RankedAnswers(String output, List<String> labels, boolean logits) {
    this.output = output;
    this.labels = List.copyOf(labels);
    this.logits = logits;
  }

  @Override
  public Set<String> outputs() {
    return Set.of(output);
  }

  @Override
  public List<Annotation> annotations(OrtSession.Result result) throws OrtException {
    FloatBuffer numbers = Answers.tensor(result, output).getFloatBuffer();
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
      annotations.add(new Annotation(labels.get(i), Selection.confidence(value)));
    }
    return annotations;
  }

  @Override
  public List<DetectedObject> objects(OrtSession.Result result) {
    return List.of();
  }
}
