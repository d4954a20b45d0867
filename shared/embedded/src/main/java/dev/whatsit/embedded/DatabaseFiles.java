package dev.whatsit.embedded;

import dev.whatsit.embedded.Database.Connector;
import dev.whatsit.embedded.Database.Layout;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The databases of a data folder, each in a file of its own, so that none waits for another. */
record DatabaseFiles(
    Database database,
    Database queue,
    Database results,
    Database fetches,
    Database progress)
    implements AutoCloseable {
  /**
   * Opens them, or makes them.
   *
   * @throws IOException saying what is wrong with one of them; none is open then
   */
  static DatabaseFiles open(Path folder) throws IOException {
    List<Database> open = new ArrayList<>();
    try {
      open.add(open(folder, "whatsit.db", new Layout("database", List.of(List.of()))));
      open.add(open(folder, "queue.db", SqliteWorkQueue.LAYOUT));
      open.add(open(folder, "results.db", DroppingQueue.layout("result queue")));
      open.add(open(folder, "fetches.db", DroppingQueue.layout("fetch queue")));
      open.add(open(folder, "progress.db", DroppingQueue.layout("progress queue")));
      return new DatabaseFiles(
          open.get(0),
          open.get(1),
          open.get(2),
          open.get(3),
          open.get(4));
    } catch (IOException | RuntimeException | Error e) {
      open.forEach(Database::close);
      throw e;
    }
  }

  @Override
  public void close() {
    database.close();
    queue.close();
    results.close();
    fetches.close();
    progress.close();
  }

  private static Database open(Path folder, String name, Layout layout) throws IOException {
    return Database.open(folder.resolve(name), layout, Connector.driver());
  }
}
