package dev.whatsit.firestore;

import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntFunction;

/**
 * What many documents hold. One that a later version of this program wrote, or somebody's hand,
 * must not hide all the others: it is left out, and the log says so.
 */
final class ReadableDocuments {
  /** How many documents are looked at for one answer, unreadable ones included. */
  private static final int MOST_AT_ONCE = 5_000;

  private static final EventLog LOG = EventLog.of(ReadableDocuments.class);

  private ReadableDocuments() {}

  /** What a document holds, or empty when it cannot be read. */
  static <T> Optional<T> read(Document document, Function<Document, T> reader) {
    try {
      return Optional.of(reader.apply(document));
    } catch (TransientFailure e) {
      LOG.error("left out a document that cannot be read", Labels.NONE, e);
      return Optional.empty();
    }
  }

  /** The same of several. */
  static <T> List<T> readAll(List<Document> found, Function<Document, T> reader) {
    return found.stream()
        .map(document -> read(document, reader))
        .flatMap(Optional::stream)
        .toList();
  }

  /**
   * What a query finds, also behind many documents that cannot be read. One call, and more only
   * when some of them cannot be.
   *
   * @param query with this limit
   * @param limit how many at most, at least 1
   */
  static <T> List<T> find(
      Documents documents,
      String action,
      IntFunction<Query> query,
      int limit,
      Function<Document, T> reader) {
    Documents.Budget budget = documents.budget();
    int wanted = limit;
    while (true) {
      List<Document> found = documents.query(action, query.apply(wanted), budget);
      List<T> readable = readAll(found, reader);
      if (readable.size() >= limit || found.size() < wanted || wanted >= MOST_AT_ONCE) {
        return readable.subList(0, Math.min(limit, readable.size()));
      }
      wanted = Math.min(2 * wanted, MOST_AT_ONCE);
    }
  }
}
