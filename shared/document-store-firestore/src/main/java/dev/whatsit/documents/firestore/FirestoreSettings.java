package dev.whatsit.documents.firestore;

import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.grpc.GoogleSettings;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The settings of this backend.
 *
 * @param project the id of the Google Cloud project
 * @param database the id of the database
 * @param emulator {@code host:port} of an emulator, or null for the real service
 */
record FirestoreSettings(String project, String database, @Nullable String emulator) {
  private static final String DATABASE = "FIRESTORE_DATABASE";
  private static final String DEFAULT_DATABASE = "(default)";

  /** "Manage databases", Firestore documentation: 4 to 63 characters, or the default one. */
  private static final Pattern DATABASE_ID =
      Pattern.compile("\\(default\\)|[a-z][a-z0-9-]{2,61}[a-z0-9]");

  /**
   * Reads the settings.
   *
   * @throws InvalidSettings naming every wrong or missing setting, including those found before
   *     this call
   */
  static FirestoreSettings read(Settings settings) {
    String project = GoogleSettings.project(settings);
    String database = DEFAULT_DATABASE;
    if (settings.find(DATABASE).isPresent()) {
      database =
          GoogleSettings.required(
              settings,
              DATABASE,
              DATABASE_ID,
              "(default) or 4 to 63 lower-case letters, digits and hyphens after a letter");
    }
    String emulator = GoogleSettings.emulator(settings, "FIRESTORE_EMULATOR_HOST");
    settings.verify();
    return new FirestoreSettings(project, database, emulator);
  }
}
