package dev.whatsit.embedded;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.thumbnail.Thumbnail;
import dev.whatsit.domain.thumbnail.ThumbnailRecords;
import dev.whatsit.embedded.Database.Outlives;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is known of thumbnails, in a column of the image's record that no write of the record
 * touches. Safe for use by several threads and processes.
 */
final class SqliteThumbnailRecords implements ThumbnailRecords {
  /** What makes the column. */
  static final List<String> VERSION = List.of("ALTER TABLE records ADD COLUMN thumbnails TEXT");

  /**
   * What a record's write does to them: nothing, unless it begins a new record over an expired one.
   */
  static final String KEPT_BY_A_WRITE =
      ", thumbnails = CASE WHEN records.created_at = excluded.created_at THEN thumbnails END";

  private static final String FIND =
      "SELECT " + RecordRow.COLUMNS + ", thumbnails FROM records WHERE hash = ?";

  /** Members that this version does not know are passed over. */
  private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

  private final Database database;

  /** In the record store's open database. */
  SqliteThumbnailRecords(Database database) {
    this.database = database;
  }

  @Override
  public boolean put(ImageHash image, List<Thumbnail> thumbnails, Instant now) {
    return database.write(
        "put thumbnails of " + image,
        Outlives.POWER_FAILURE,
        session -> {
          Optional<Illustrated> found = found(session, image, now);
          if (found.isEmpty()) {
            return false;
          }
          List<Thumbnail> kept = found.get().thumbnails();
          List<Thumbnail> merged = Thumbnail.merged(kept, thumbnails);
          if (!merged.equals(kept)) {
            session.update(
                "UPDATE records SET thumbnails = ? WHERE hash = ?",
                GSON.toJson(merged),
                image.hex());
          }
          return true;
        });
  }

  @Override
  public Optional<Illustrated> find(ImageHash image, Instant now) {
    return database.read("find record " + image, session -> found(session, image, now));
  }

  private static Optional<Illustrated> found(Session session, ImageHash image, Instant now)
      throws SQLException {
    return session
        .first(FIND, SqliteThumbnailRecords::read, image.hex())
        .filter(found -> !found.record().isExpired(now));
  }

  private static Illustrated read(ResultSet row) throws SQLException {
    return new Illustrated(RecordRow.read(row), thumbnails(row.getString("thumbnails")));
  }

  private static List<Thumbnail> thumbnails(@Nullable String json) {
    return json == null ? List.of() : List.of(GSON.fromJson(json, Thumbnail[].class));
  }
}
