package dev.whatsit.classifier.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.whatsit.domain.classification.Annotation;
import dev.whatsit.domain.classification.DetectedObject;
import java.util.List;
import java.util.Set;

/** Converts a model's outputs to labels and objects. Immutable. */
interface Answers {
  /** The names of the outputs to compute; ONNX Runtime skips the others. */
  Set<String> outputs();

  /** Every label with its confidence, in the model's own order. */
  List<Annotation> annotations(OrtSession.Result result) throws OrtException;

  /** Every object with its confidence; empty if the model does not locate objects. */
  List<DetectedObject> objects(OrtSession.Result result) throws OrtException;

  /** An output as a tensor. */
  static OnnxTensor tensor(OrtSession.Result result, String output) throws OrtException {
    if (result.get(output).orElse(null) instanceof OnnxTensor tensor) {
      return tensor;
    }
    throw new OrtException("output " + output + " is not a tensor");
  }
}
