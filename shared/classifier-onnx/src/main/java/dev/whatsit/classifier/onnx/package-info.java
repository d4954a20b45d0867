/**
 * Classification with ONNX Runtime: the built-in model, which detects and locates 80 kinds of
 * everyday objects, or any other ordinary image classifier.
 */
@NullMarked
package dev.whatsit.classifier.onnx;

import org.jspecify.annotations.NullMarked;
