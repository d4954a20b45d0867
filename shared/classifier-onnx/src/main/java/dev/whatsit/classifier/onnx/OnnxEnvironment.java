package dev.whatsit.classifier.onnx;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtLoggingLevel;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Field;
import java.lang.reflect.Method;

/** Provides the ONNX Runtime environment, of which a process has one. */
final class OnnxEnvironment {
  private static final OrtLoggingLevel LEVEL = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR;

  private OnnxEnvironment() {}

  /** Returns the environment, which stays open until the process exits. Thread-safe. */
  static OrtEnvironment get() {
    retain();
    return OrtEnvironment.getEnvironment(LEVEL);
  }

  /**
   * Takes a native reference that is never released. {@link OrtEnvironment} holds one reference,
   * and its shutdown hook releases it while other hooks still wait for runs. A run without an
   * environment crashes the process, and shutdown hooks run in no defined order. Later calls of
   * {@code CreateEnv} return the same environment and add a reference (onnxruntime_c_api.h); no
   * public method of {@link OrtEnvironment} makes such a call.
   */
  private static void retain() {
    try {
      Method createEnv =
          OrtEnvironment.class.getDeclaredMethod(
              "createHandle", long.class, int.class, String.class);
      createEnv.setAccessible(true);
      Field api = Class.forName("ai.onnxruntime.OnnxRuntime").getDeclaredField("ortApiHandle");
      api.setAccessible(true);
      // Initializing the class loads the native library, which sets the handle.
      MethodHandles.lookup().ensureInitialized(OrtEnvironment.class);
      createEnv.invoke(null, api.getLong(null), LEVEL.getValue(), OrtEnvironment.DEFAULT_NAME);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this version of ONNX Runtime cannot be kept open", e);
    }
  }
}
