package dev.whatsit.domain.callback;

import dev.whatsit.domain.image.ImageHash;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A run that callbacks can wait for.
 *
 * @param id identity of the work: the hash of an image, or another name of 1 to 100 letters, digits
 *     and hyphens
 * @param run number of the run, from 1
 */
public record Subject(String id, int run) {
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9-]{1,100}");

  public Subject {
    if (!ID.matcher(id).matches()) {
      throw new IllegalArgumentException("not 1 to 100 letters, digits and hyphens: " + id);
    }
    if (run < 1) {
      throw new IllegalArgumentException("run must be at least 1: " + run);
    }
  }

  /** Makes a subject from untrusted input; empty when the id has another form. */
  static Optional<Subject> parse(String id, int run) {
    return ID.matcher(id).matches() ? Optional.of(new Subject(id, run)) : Optional.empty();
  }

  /** The run of an image's work. */
  public static Subject of(ImageHash image, int run) {
    return new Subject(image.hex(), run);
  }

  /** The image, or empty when the work is not an image's. */
  public Optional<ImageHash> image() {
    return ImageHash.parse(id);
  }

  /** The id and the run in one string, unique to the subject. */
  public String key() {
    return id + "-" + run;
  }
}
