package dev.whatsit.embedded;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A secret of one line in a file, readable by its owner alone. */
public final class SecretFile {
  private SecretFile() {}

  /**
   * Reads the secret; if there is no such file, creates it. The file is whole and survives a power
   * failure before this returns. Safe from several threads and processes.
   *
   * @param file in a folder that is created if it does not exist
   * @param fresh the secret for a new file, of ASCII
   * @return what the file has, without blanks around it; may be empty
   * @throws IOException if the file can be neither read nor created
   */
  public static String readOrCreate(Path file, String fresh) throws IOException {
    if (Files.notExists(file)) {
      Path incoming = DataFolder.createOwnerOnly(file.resolveSibling("incoming"));
      byte[] line = (fresh + "\n").getBytes(StandardCharsets.US_ASCII);
      new DurableFiles(incoming).createOnce(file, List.of(ByteBuffer.wrap(line)));
    }
    return Files.readString(file, StandardCharsets.ISO_8859_1).strip();
  }
}
