package dev.whatsit.embedded;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.util.ArrayList;
import java.util.List;

/**
 * Executes file operations and records them; several writes in a row are recorded once. Not
 * thread-safe.
 */
final class RecordedOperations extends FileOperations {
  private final Path root;
  private final List<String> done = new ArrayList<>();

  /**
   * A recorder.
   *
   * @param root to which the recorded paths are relative
   */
  RecordedOperations(Path root) {
    this.root = root;
  }

  /** The operations since the last call of this method. */
  List<String> take() {
    List<String> taken = List.copyOf(done);
    done.clear();
    return taken;
  }

  @Override
  FileChannel create(Path file, FileAttribute<?>... attributes) throws IOException {
    done.add("create " + named(file));
    return super.create(file, attributes);
  }

  @Override
  void write(FileChannel file, ByteBuffer bytes) throws IOException {
    if (!done.get(done.size() - 1).equals("write")) {
      done.add("write");
    }
    super.write(file, bytes);
  }

  @Override
  void force(FileChannel file) throws IOException {
    done.add("force");
    super.force(file);
  }

  @Override
  void forceDirectory(Path directory) throws IOException {
    done.add("force directory " + named(directory));
    super.forceDirectory(directory);
  }

  @Override
  void link(Path existing, Path name) throws IOException {
    done.add("link " + named(existing) + " " + named(name));
    super.link(existing, name);
  }

  @Override
  void rename(Path existing, Path name) throws IOException {
    done.add("rename " + named(existing) + " " + named(name));
    super.rename(existing, name);
  }

  @Override
  void createDirectory(Path directory, FileAttribute<?>... attributes) throws IOException {
    done.add("create directory " + named(directory));
    super.createDirectory(directory, attributes);
  }

  @Override
  void delete(Path name) throws IOException {
    done.add("delete " + named(name));
    super.delete(name);
  }

  /** The path without the random end of temporary names. */
  private String named(Path path) {
    return root.relativize(path).toString().replaceAll("\\.[0-9a-f-]{36}$", "");
  }
}
