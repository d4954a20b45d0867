package dev.whatsit.embedded;

import dev.whatsit.contracts.ImageStoreContract;
import dev.whatsit.domain.image.ImageStore;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** The store on a file system without hard links. */
class DirectoryImageStoreWithoutLinksTest extends ImageStoreContract {
  private DirectoryImageStore store;

  @BeforeEach
  void open(@TempDir Path folder) throws IOException {
    Path incoming = Files.createDirectory(folder.resolve("incoming"));
    Path images = Files.createDirectory(folder.resolve("images"));
    DurableFiles files = DurableFiles.withoutLinks(incoming, new FileOperations());
    store = new DirectoryImageStore(ImageFolder.open(images, files), LinkFollower.links());
  }

  @Override
  protected ImageStore store() {
    return store;
  }

  @Override
  protected Duration linkLifetime() {
    return LinkFollower.LIFETIME;
  }

  @Override
  protected Optional<String> follow(URI link, Instant now) {
    return LinkFollower.follow(LinkFollower.links(), link, now);
  }
}
