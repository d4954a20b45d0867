package dev.whatsit.embedded;

import dev.whatsit.contracts.ImageStoreContract;
import dev.whatsit.domain.image.ImageStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** The store as it is on a file system that lacks hard links. */
class DirectoryImageStoreWithoutLinksTest extends ImageStoreContract {
  private DirectoryImageStore store;

  @BeforeEach
  void open(@TempDir Path folder) throws IOException {
    Path incoming = Files.createDirectory(folder.resolve("incoming"));
    Path images = Files.createDirectory(folder.resolve("images"));
    store = DirectoryImageStore.open(images, DurableFiles.withoutLinks(incoming));
  }

  @Override
  protected ImageStore store() {
    return store;
  }
}
