package dev.whatsit.classifier.onnx;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a tiny ONNX model. It averages each colour channel of its input, so its three outputs are
 * the mean red, green and blue values that it received.
 */
final class OnnxFile {
  static final int FLOAT = 1;
  static final int UINT8 = 2;
  private static final int INT64 = 7;

  private final Map<String, String> metadata = new LinkedHashMap<>();
  private final List<Object> inputShape = new ArrayList<>(List.of("n", 3, 4, 4));
  private int inputType = FLOAT;
  private List<Object> outputShape = List.of("n", 3);
  private boolean secondInput;
  private boolean secondOutput;

  OnnxFile input(int type, Object... shape) {
    inputType = type;
    inputShape.clear();
    inputShape.addAll(List.of(shape));
    return this;
  }

  /** {@code [n]}, {@code [1, n]} or {@code [1, n, 1, 1]} with fixed numbers, or names. */
  OnnxFile output(Object... shape) {
    outputShape = List.of(shape);
    return this;
  }

  OnnxFile metadata(String name, String value) {
    metadata.put(name, value);
    return this;
  }

  OnnxFile twoInputs() {
    secondInput = true;
    return this;
  }

  OnnxFile twoOutputs() {
    secondOutput = true;
    return this;
  }

  byte[] bytes() {
    boolean channelsFirst = inputShape.get(1).equals(3);
    Message graph = new Message();
    graph.message(1, node("Cast", List.of("image"), "floats").message(5, attribute("to", FLOAT)));
    Message mean = node("ReduceMean", List.of("floats"), "means");
    mean.message(5, axes(channelsFirst ? new int[] {2, 3} : new int[] {1, 2}));
    mean.message(5, attribute("keepdims", 0));
    graph.message(1, mean);
    // The input is averaged but not rescaled, so the outputs show the values: bytes as 0 to 255.
    graph.message(1, node("Reshape", List.of("means", "shape"), "numbers"));
    graph.text(2, "means of colours");
    graph.message(5, int64s("shape", outputShape));
    graph.message(11, value("image", inputType, inputShape));
    if (secondInput) {
      graph.message(11, value("other", FLOAT, List.of(1)));
      graph.message(1, node("Identity", List.of("other"), "ignored"));
      graph.message(12, value("ignored", FLOAT, List.of(1)));
    }
    graph.message(12, value("numbers", FLOAT, outputShape));
    if (secondOutput) {
      graph.message(12, value("means", FLOAT, List.of("n", 3)));
    }
    Message model = new Message();
    model.number(1, 8);
    model.message(7, graph);
    model.message(8, new Message().number(2, 13));
    metadata.forEach(
        (name, value) -> model.message(14, new Message().text(1, name).text(2, value)));
    return model.bytes();
  }

  private static Message node(String type, List<String> inputs, String output) {
    Message node = new Message();
    inputs.forEach(input -> node.text(1, input));
    return node.text(2, output).text(4, type);
  }

  private static Message attribute(String name, int value) {
    return new Message().text(1, name).number(3, value).number(20, 2);
  }

  private static Message axes(int[] axes) {
    Message attribute = new Message().text(1, "axes").number(20, 7);
    for (int axis : axes) {
      attribute.number(8, axis);
    }
    return attribute;
  }

  private static Message int64s(String name, List<Object> shape) {
    ByteBuffer raw = ByteBuffer.allocate(shape.size() * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    shape.forEach(size -> raw.putLong(size instanceof Integer number ? number : -1));
    return new Message()
        .number(1, shape.size())
        .number(2, INT64)
        .text(8, name)
        .bytes(9, raw.array());
  }

  private static Message value(String name, int type, List<?> shape) {
    Message dimensions = new Message();
    for (Object size : shape) {
      Message dimension = new Message();
      if (size instanceof Integer number) {
        dimension.number(1, number);
      } else {
        dimension.text(2, size.toString());
      }
      dimensions.message(1, dimension);
    }
    Message tensor = new Message().number(1, type).message(2, dimensions);
    return new Message().text(1, name).message(2, new Message().message(1, tensor));
  }

  /** A protocol buffer message. */
  private static final class Message {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Message number(int field, long value) {
      varint((long) field << 3);
      varint(value);
      return this;
    }

    Message text(int field, String value) {
      return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    Message message(int field, Message value) {
      return bytes(field, value.bytes());
    }

    Message bytes(int field, byte[] value) {
      varint((long) field << 3 | 2);
      varint(value.length);
      out.writeBytes(value);
      return this;
    }

    byte[] bytes() {
      return out.toByteArray();
    }

    private void varint(long value) {
      long left = value;
      while ((left & ~0x7fL) != 0) {
        out.write((int) ((left & 0x7f) | 0x80));
        left >>>= 7;
      }
      out.write((int) left);
    }
  }
}
