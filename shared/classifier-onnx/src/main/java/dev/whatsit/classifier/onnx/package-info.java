/**
 * Classification with ONNX Runtime: two built-in models, of which one detects and locates 80 kinds
 * of everyday objects and one has 1,000 labels, or any other ordinary image classifier.
 */
@NullMarked
package dev.whatsit.classifier.onnx;

import org.jspecify.annotations.NullMarked;
