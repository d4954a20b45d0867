package dev.whatsit.domain.classification;

/**
 * Names a classifier in results.
 *
 * @param name the kind, for example {@code onnx}
 * @param model the model's name and version
 */
public record ClassifierIdentity(String name, String model) {}
