package dev.whatsit.documents.firestore;

import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import java.util.Optional;
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
  static final String PROJECT = "GOOGLE_CLOUD_PROJECT";
  static final String DATABASE = "FIRESTORE_DATABASE";
  static final String EMULATOR = "FIRESTORE_EMULATOR_HOST";

  private static final String DEFAULT_DATABASE = "(default)";

  /** Old projects have a domain before a colon. */
  private static final Pattern PROJECT_ID = Pattern.compile("[a-z0-9][a-z0-9.:-]{0,99}");

  /** "Manage databases", Firestore documentation: 4 to 63 characters, or the default one. */
  private static final Pattern DATABASE_ID =
      Pattern.compile("\\(default\\)|[a-z][a-z0-9-]{2,61}[a-z0-9]");

  private static final Pattern HOST_PORT = Pattern.compile("[^\\s/@]+:[0-9]{1,5}");

  /**
   * Reads the settings.
   *
   * @throws InvalidSettings naming every wrong or missing setting, including those found before
   *     this call
   */
  static FirestoreSettings read(Settings settings) {
    Optional<String> project = settings.find(PROJECT);
    String projectForm = ", must be the id of a Google Cloud project";
    if (project.isEmpty()) {
      settings.reject(PROJECT, "is not set" + projectForm);
    } else if (!PROJECT_ID.matcher(project.get()).matches()) {
      settings.reject(PROJECT, "is " + project.get() + projectForm);
    }
    String database = settings.text(DATABASE, DEFAULT_DATABASE);
    if (!DATABASE_ID.matcher(database).matches()) {
      settings.reject(
          DATABASE,
          "is "
              + database
              + ", must be (default) or 4 to 63 lower-case letters, digits and hyphens after a"
              + " letter");
    }
    Optional<String> emulator = settings.find(EMULATOR);
    if (emulator.isPresent() && !HOST_PORT.matcher(emulator.get()).matches()) {
      settings.reject(EMULATOR, "is " + emulator.get() + ", must be like 127.0.0.1:8080");
    }
    settings.verify();
    return new FirestoreSettings(project.orElse(""), database, emulator.orElse(null));
  }
}
