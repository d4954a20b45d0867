package dev.whatsit.classifier.onnx;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.TensorInfo;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.picture.Framing;
import dev.whatsit.picture.Picture;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;

/** Converts a picture to a model's input tensor. Immutable. */
final class ModelInput {
  private static final int CHANNELS = 3;

  private final String name;
  private final Framing framing;
  private final boolean channelsFirst;
  private final boolean bytes;

  /** The model's input value by channel and pixel value, 0 to 255; unused for bytes. */
  private final float[][] values = new float[CHANNELS][256];

  private ModelInput(
      String name,
      Framing framing,
      boolean channelsFirst,
      boolean bytes,
      double[] mean,
      double[] std) {
    this.name = name;
    this.framing = framing;
    this.channelsFirst = channelsFirst;
    this.bytes = bytes;
    for (int channel = 0; channel < CHANNELS; channel++) {
      for (int value = 0; value < 256; value++) {
        values[channel][value] = (float) ((value / 255.0 - mean[channel]) / std[channel]);
      }
    }
  }

  /** The size, layout and type of an input. */
  private record Shape(int width, int height, boolean channelsFirst, boolean bytes) {}

  private static Shape shape(Settings settings, NodeInfo node) {
    if (!(node.getInfo() instanceof TensorInfo info)) {
      throw refusal(settings, "has an input that is not a tensor");
    }
    if (info.type != OnnxJavaType.FLOAT && info.type != OnnxJavaType.UINT8) {
      throw refusal(settings, "has an input of " + info.type + ", must be FLOAT or UINT8");
    }
    long[] shape = info.getShape();
    String described = "has an input of shape " + Arrays.toString(shape);
    if (shape.length != 4) {
      throw refusal(settings, described + ", must have four dimensions");
    }
    boolean first = shape[1] == CHANNELS;
    boolean last = shape[3] == CHANNELS;
    if (first && last) {
      throw refusal(settings, described + ", the layout is ambiguous");
    }
    if (!first && !last) {
      throw refusal(settings, described + ", must have three colour channels");
    }
    long height = shape[first ? 2 : 1];
    long width = shape[first ? 3 : 2];
    if (height < 1 || width < 1 || height > Framing.LARGEST || width > Framing.LARGEST) {
      throw refusal(
          settings,
          described + ", must have a fixed height and width from 1 to " + Framing.LARGEST);
    }
    if (shape[0] != 1 && shape[0] != -1) {
      throw refusal(settings, "takes " + shape[0] + " pictures at once, must take one");
    }
    return new Shape((int) width, (int) height, first, info.type == OnnxJavaType.UINT8);
  }

  private static InvalidSettings refusal(Settings settings, String why) {
    return settings.refusal(Model.SETTING, why);
  }

  /**
   * The input of a model, described by its metadata. Rejects a description that is not understood.
   */
  static ModelInput described(Settings settings, JsonObject description, NodeInfo node) {
    Shape shape = shape(settings, node);
    double[] mean = {0, 0, 0};
    double[] std = {1, 1, 1};
    boolean understood =
        text(description, "layout").equals(shape.channelsFirst ? "NCHW" : "NHWC")
            && text(description, "color").equals("RGB")
            && text(description, "resize").startsWith("whole image squashed")
            && !shape.bytes;
    if (description.get("range") instanceof JsonArray range
        && range.size() == 2
        && isNumber(range.get(0))
        && isNumber(range.get(1))) {
      double low = range.get(0).getAsDouble();
      double high = range.get(1).getAsDouble();
      understood &= low < high;
      // low + v (high − low), written as (v − mean) / std.
      Arrays.fill(std, 1 / (high - low));
      Arrays.fill(mean, -low / (high - low));
    } else {
      understood = false;
    }
    if (!understood) {
      settings.reject(Model.SETTING, "describes its input in a way that is not understood");
    }
    return new ModelInput(
        node.getName(),
        Framing.squashed(shape.width, shape.height),
        shape.channelsFirst,
        false,
        mean,
        std);
  }

  private static boolean isNumber(JsonElement element) {
    return element instanceof JsonPrimitive primitive && primitive.isNumber();
  }

  private static String text(JsonObject description, String name) {
    return description.get(name) instanceof JsonPrimitive text ? text.getAsString() : "";
  }

  /**
   * The input of an ordinary classifier: bytes 0 to 255, or {@code (v − mean) / std} for values
   * {@code v} from 0 to 1, for each channel.
   */
  static ModelInput ordinary(Settings settings, ModelFacts facts, NodeInfo node) {
    Shape shape = shape(settings, node);
    double[] mean = {0, 0, 0};
    double[] std = {1, 1, 1};
    if (!shape.bytes) {
      mean = facts.requiredTriple("MODEL_MEAN", true);
      std = facts.requiredTriple("MODEL_STD", false);
    } else {
      for (String setting : List.of("MODEL_MEAN", "MODEL_STD")) {
        if (facts.find(setting).isPresent()) {
          settings.reject(
              setting, "makes no sense: the model takes bytes from 0 to 255 as they are");
        }
      }
    }
    return new ModelInput(
        node.getName(),
        Framing.centreCropped(shape.width, shape.height),
        shape.channelsFirst,
        shape.bytes,
        mean,
        std);
  }

  String name() {
    return name;
  }

  Framing framing() {
    return framing;
  }

  /** The size of a tensor in bytes. */
  int tensorBytes() {
    int numbers = framing.width() * framing.height() * CHANNELS;
    return bytes ? numbers : numbers * Float.BYTES;
  }

  /**
   * Fills the beginning of a buffer and wraps it in a tensor. Close the tensor before reusing the
   * buffer.
   *
   * @param memory a direct buffer of at least {@link #tensorBytes}
   */
  OnnxTensor tensor(OrtEnvironment environment, Picture picture, ByteBuffer memory)
      throws OrtException {
    ByteBuffer buffer = memory.slice(0, tensorBytes()).order(ByteOrder.nativeOrder());
    long[] shape =
        channelsFirst
            ? new long[] {1, CHANNELS, framing.height(), framing.width()}
            : new long[] {1, framing.height(), framing.width(), CHANNELS};
    int pixels = framing.width() * framing.height();
    int pixelStep = channelsFirst ? 1 : CHANNELS;
    int channelStep = channelsFirst ? pixels : 1;
    if (bytes) {
      for (int i = 0, at = 0; i < pixels; i++, at += pixelStep) {
        int rgb = picture.pixel(i);
        buffer.put(at, (byte) (rgb >> 16));
        buffer.put(at + channelStep, (byte) (rgb >> 8));
        buffer.put(at + 2 * channelStep, (byte) rgb);
      }
      return OnnxTensor.createTensor(environment, buffer.rewind(), shape, OnnxJavaType.UINT8);
    }
    FloatBuffer floats = buffer.asFloatBuffer();
    for (int i = 0, at = 0; i < pixels; i++, at += pixelStep) {
      int rgb = picture.pixel(i);
      floats.put(at, values[0][rgb >> 16 & 0xff]);
      floats.put(at + channelStep, values[1][rgb >> 8 & 0xff]);
      floats.put(at + 2 * channelStep, values[2][rgb & 0xff]);
    }
    return OnnxTensor.createTensor(environment, floats, shape);
  }
}
