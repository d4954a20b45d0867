package dev.whatsit.picture;

import dev.whatsit.domain.image.BmpStructure;
import dev.whatsit.domain.image.Cleaned;
import java.io.IOException;

/** A BMP, decoded by the JDK. */
final class BmpFrame extends EncodedFrame {
  private final Cleaned file;
  private final boolean runs;

  BmpFrame(BmpStructure structure, byte[] data) {
    super(structure);
    this.file = structure.cleaned(data);
    this.runs = structure.runs();
  }

  @Override
  long decoderBytes() {
    // The JDK copies run-length coded data; else it holds a row.
    return (1 << 20) + 16L * frameWidth() + (runs ? file.to() : 0);
  }

  @Override
  int[] samples(Window window, WorkLimit work) throws IOException {
    MemoryInput input = new MemoryInput(file.data(), file.from(), file.to(), 4, work);
    return LibraryReader.BMP.samples(input, frameWidth(), frameHeight(), window, warning -> false);
  }
}
