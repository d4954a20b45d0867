package dev.whatsit.classifier.onnx;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import dev.whatsit.picture.Framing;
import dev.whatsit.picture.Picture;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/** Converts a picture to a model's input tensor. Immutable. */
final class PictureInput {
  private static final int CHANNELS = 3;

  private final String name;
  private final Framing framing;
  private final boolean channelsFirst;
  private final boolean bytes;

  /** The model's input value by channel and pixel value, 0 to 255. */
  private final float[][] values;

  private PictureInput(
      String name, Framing framing, boolean channelsFirst, boolean bytes, float[][] values) {
    this.name = name;
    this.framing = framing;
    this.channelsFirst = channelsFirst;
    this.bytes = bytes;
    this.values = values;
  }

  /** An input of bytes 0 to 255. */
  static PictureInput ofBytes(String name, Framing framing, boolean channelsFirst) {
    return new PictureInput(name, framing, channelsFirst, true, new float[0][]);
  }

  /** An input of {@code (v − mean) / std} for values {@code v} from 0 to 1, for each channel. */
  static PictureInput ofFloats(
      String name, Framing framing, boolean channelsFirst, double[] mean, double[] std) {
    float[][] values = new float[CHANNELS][256];
    for (int channel = 0; channel < CHANNELS; channel++) {
      for (int value = 0; value < 256; value++) {
        values[channel][value] = (float) ((value / 255.0 - mean[channel]) / std[channel]);
      }
    }
    return new PictureInput(name, framing, channelsFirst, false, values);
  }

  String name() {
    return name;
  }

  Framing framing() {
    return framing;
  }

  /** Allocates a reusable direct buffer for one tensor. */
  ByteBuffer buffer() {
    int numbers = framing.width() * framing.height() * CHANNELS;
    return ByteBuffer.allocateDirect(bytes ? numbers : numbers * Float.BYTES)
        .order(ByteOrder.nativeOrder());
  }

  /** Fills the buffer and wraps it in a tensor. Close the tensor before reusing the buffer. */
  OnnxTensor tensor(OrtEnvironment environment, Picture picture, ByteBuffer buffer)
      throws OrtException {
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
