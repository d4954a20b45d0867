/**
 * Classification with ONNX Runtime: the model that comes along, which knows 80 everyday things and
 * where they are, or any other ordinary image classifier.
 */
@NullMarked
package dev.whatsit.classifier.onnx;

import org.jspecify.annotations.NullMarked;
