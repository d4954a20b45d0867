package dev.whatsit.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.whatsit.contracts.ImageStoreContract;
import dev.whatsit.domain.failure.LimitReached;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageBytes;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.image.ImageStore.Put;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryImageStoreTest extends ImageStoreContract {
  private Path folder;
  private Path incoming;
  private Path images;
  private DurableFiles files;
  private DirectoryImageStore store;
  private DirectoryImageStore other;

  @BeforeEach
  void open(@TempDir Path folder) throws IOException {
    this.folder = folder;
    incoming = Files.createDirectory(folder.resolve("incoming"));
    images = Files.createDirectory(folder.resolve("images"));
    files = new DurableFiles(incoming);
    store = store(images, files);
    other = store(images, new DurableFiles(incoming));
  }

  @Override
  protected ImageStore store() {
    return store;
  }

  @Override
  protected ImageStore otherStore() {
    return other;
  }

  @Override
  protected Duration linkLifetime() {
    return LinkFollower.LIFETIME;
  }

  @Override
  protected Optional<String> follow(URI link, Instant now) {
    return LinkFollower.follow(LinkFollower.links(), link, now);
  }

  @Test
  void put_newBytes_areForcedBeforeTheirNameAndTheNameBeforeTheEnd() throws IOException {
    List<String> steps = new ArrayList<>();
    DirectoryImageStore observed = store(images, new DurableFiles(incoming, steps::add));
    byte[] content = Samples.bytes(4, 300_000);
    ImageDescription image = Samples.image(content);
    Path directory = images.resolve(image.hash().hex().substring(0, 2));
    Path file = directory.resolve(image.hash().hex());
    // Without the random end of temporary names.
    Path temporary = incoming.resolve(image.hash().hex());

    observed.putIfAbsent(image, ImageBytes.of(content));

    assertThat(steps)
        .map(step -> step.replaceAll("\\.[0-9a-f-]{36}", ""))
        .containsExactly(
            "create " + directory,
            "force " + images,
            "force " + temporary,
            "rename " + temporary + " to " + file,
            "force " + directory);

    steps.clear();
    observed.putIfAbsent(image, ImageBytes.of(content));
    observed.delete(image.hash());
    assertThat(steps).containsExactly("force " + directory, "force " + directory);
  }

  @Test
  void put_newDirectoryCannotBeForced_isCreatedAndForcedByTheNextPut() throws IOException {
    List<String> steps = new ArrayList<>();
    DirectoryImageStore failing =
        store(
            images,
            new DurableFiles(
                incoming,
                step -> {
                  steps.add(step);
                  if (steps.size() == 2) {
                    throw new UncheckedIOException(new IOException("cannot force"));
                  }
                }));
    byte[] content = Samples.bytes(5, 100);
    ImageDescription image = Samples.image(content);

    assertThatThrownBy(() -> failing.putIfAbsent(image, ImageBytes.of(content)))
        .hasMessageContaining("cannot force");

    assertThat(steps).last().isEqualTo("force " + images);
    assertThat(images).isEmptyDirectory();
    steps.clear();
    steps.add("failed before");
    steps.add("failed before");
    failing.putIfAbsent(image, ImageBytes.of(content));
    assertThat(steps).contains("force " + images);
  }

  @Test
  void put_newBytes_areReadableByTheirOwnerOnlyUnderTheirHash() throws IOException {
    byte[] content = Samples.bytes(1, 300_000);
    ImageDescription image = Samples.image(content);
    store.putIfAbsent(image, ImageBytes.of(content));

    Path file = images.resolve(image.hash().hex().substring(0, 2)).resolve(image.hash().hex());
    assertThat(file).hasBinaryContent(content);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent())))
        .isEqualTo("rwx------");
    assertThat(incoming).isEmptyDirectory();
  }

  @Test
  void put_directoryIsNotThere_failsForNowAndLeavesNothing() throws IOException {
    byte[] content = Samples.bytes(2, 100);
    ImageDescription image = Samples.image(content);
    Path directory = images.resolve(image.hash().hex().substring(0, 2));
    Files.createFile(directory);

    assertThatThrownBy(() -> store.putIfAbsent(image, ImageBytes.of(content)))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("store image " + image.hash());
    assertThat(incoming).isEmptyDirectory();

    Files.delete(directory);
    Files.createDirectory(directory);
    assertThat(store.putIfAbsent(image, ImageBytes.of(content))).isEqualTo(Put.STORED);
  }

  @Test
  void open_cannotBeRead_failsForNow() throws IOException {
    ImageDescription image = Samples.image(3);
    Path directory = images.resolve(image.hash().hex().substring(0, 2));
    Files.createDirectories(directory.resolve(image.hash().hex()));

    assertThatThrownBy(() -> store.open(image.hash()))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("open image " + image.hash());
  }

  @Test
  void check_folderIsGone_saysSo() throws IOException {
    ImageStore elsewhere = store(Files.createDirectory(folder.resolve("elsewhere")), files);
    try (var walk = Files.walk(folder.resolve("elsewhere"))) {
      for (Path path : walk.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(path);
      }
    }

    assertThatThrownBy(elsewhere::check)
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("elsewhere");
  }

  @Test
  void put_limitReached_isRefusedAndAnImageThatIsThereIsNot() {
    byte[] there = Samples.bytes(6, 100);
    store.putIfAbsent(Samples.image(there), ImageBytes.of(there));
    DirectoryImageStore full = store(images, 100, files);
    byte[] more = Samples.bytes(7, 1);

    assertThatThrownBy(() -> full.putIfAbsent(Samples.image(more), ImageBytes.of(more)))
        .isInstanceOfSatisfying(
            LimitReached.class,
            reached -> assertThat(reached.kind()).isEqualTo(LimitReached.Kind.STORAGE));
    assertThat(full.open(Samples.image(more).hash())).isEmpty();
    assertThat(full.putIfAbsent(Samples.image(there), ImageBytes.of(there)))
        .isEqualTo(ImageStore.Put.ALREADY_THERE);
  }

  @Test
  void put_belowTheLimit_addsWhatItStores() {
    DirectoryImageStore limited = store(images, 150, files);
    for (int seed = 0; seed < 2; seed++) {
      byte[] content = Samples.bytes(seed, 100);
      assertThat(limited.putIfAbsent(Samples.image(content), ImageBytes.of(content)))
          .isEqualTo(ImageStore.Put.STORED);
    }

    byte[] more = Samples.bytes(7, 1);
    assertThatThrownBy(() -> limited.putIfAbsent(Samples.image(more), ImageBytes.of(more)))
        .isInstanceOf(LimitReached.class);
  }

  private static DirectoryImageStore store(Path images, DurableFiles files) {
    return store(images, 0, files);
  }

  private static DirectoryImageStore store(Path images, long maxBytes, DurableFiles files) {
    return new DirectoryImageStore(
        images,
        DirectoryImageStore.limit(images, maxBytes, Clock.systemUTC()),
        files,
        LinkFollower.links());
  }
}
