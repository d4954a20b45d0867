package dev.whatsit.picture;

import dev.whatsit.domain.image.Cleaned;
import dev.whatsit.domain.image.PngStructure;
import java.io.IOException;

/** A PNG, decoded by the JDK. */
final class PngFrame extends EncodedFrame {
  private final PngStructure structure;
  private final Cleaned file;

  PngFrame(PngStructure structure, byte[] data) {
    super(structure);
    this.structure = structure;
    this.file = structure.cleaned(data);
  }

  @Override
  long decoderBytes() {
    // The JDK holds this row, the one before, the same as samples, and tables for bit depths.
    return (1 << 20) + ((long) frameWidth() * structure.bitsPerPixel() / 8 + 1) * 4;
  }

  @Override
  int[] samples(Window window, WorkLimit work) throws IOException {
    MemoryInput input = new MemoryInput(file.data(), file.from(), file.to(), 0, work);
    return LibraryReader.PNG.samples(input, frameWidth(), frameHeight(), window, warning -> false);
  }

  @Override
  void rows(Window window, WorkLimit work, RowSink sink) throws IOException {
    MemoryInput input = new MemoryInput(file.data(), file.from(), file.to(), 0, work);
    LibraryReader.PNG.rows(input, frameWidth(), frameHeight(), window, warning -> false, sink);
  }

  @Override
  int bytesPerSampleOfRows() {
    // Two more where a colour is named that counts as transparent.
    return structure.bitsPerPixel() / 8 + 2;
  }
}
