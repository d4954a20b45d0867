package dev.whatsit.domain.classification;

/**
 * Identifies the classifier of a result.
 *
 * @param name the kind of classifier, for example {@code onnx}
 * @param model the model's name and version
 */
public record ClassifierIdentity(String name, String model) {}
