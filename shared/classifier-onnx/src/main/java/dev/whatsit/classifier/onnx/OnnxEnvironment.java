package dev.whatsit.classifier.onnx;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtLoggingLevel;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Field;
import java.lang.reflect.Method;

/** ONNX Runtime's environment, one for the process. */
final class OnnxEnvironment {
  private static final OrtLoggingLevel LEVEL = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR;

  private OnnxEnvironment() {}

  /** The environment. It stays open until the process has ended. Thread-safe. */
  static OrtEnvironment get() {
    retain();
    return OrtEnvironment.getEnvironment(LEVEL);
  }

  /**
   * Takes a native reference that is never released. {@link OrtEnvironment} has one reference,
   * which its shutdown hook releases while other hooks still wait for runs; a run without an
   * environment crashes the process. Later calls of {@code CreateEnv} return the same environment
   * with one reference more (onnxruntime_c_api.h). No public method of {@link OrtEnvironment} does
   * that, and hooks have no order.
   */
  private static void retain() {
    try {
      Method createEnv =
          OrtEnvironment.class.getDeclaredMethod(
              "createHandle", long.class, int.class, String.class);
      createEnv.setAccessible(true);
      Field api = Class.forName("ai.onnxruntime.OnnxRuntime").getDeclaredField("ortApiHandle");
      api.setAccessible(true);
      // Loads the library, which sets the handle.
      MethodHandles.lookup().ensureInitialized(OrtEnvironment.class);
      createEnv.invoke(null, api.getLong(null), LEVEL.getValue(), OrtEnvironment.DEFAULT_NAME);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this version of ONNX Runtime cannot be kept open", e);
    }
  }
}
