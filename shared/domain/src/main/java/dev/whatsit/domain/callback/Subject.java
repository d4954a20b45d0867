package dev.whatsit.domain.callback;

import dev.whatsit.domain.image.ImageHash;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * One run of some work whose end can be waited for.
 *
 * @param id what the work is about: the hash of an image, or another name of 1 to 100 letters,
 *     digits and hyphens
 * @param run which run of it, from 1
 */
public record Subject(String id, int run) {
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9-]{1,100}");

  /**
   * Checks the form.
   *
   * @throws IllegalArgumentException naming the value that is wrong
   */
  public Subject {
    if (!ID.matcher(id).matches()) {
      throw new IllegalArgumentException("not 1 to 100 letters, digits and hyphens: " + id);
    }
    if (run < 1) {
      throw new IllegalArgumentException("run must be at least 1: " + run);
    }
  }

  /** With an id that others wrote, or empty when it has another form. */
  static Optional<Subject> parse(String id, int run) {
    return ID.matcher(id).matches() ? Optional.of(new Subject(id, run)) : Optional.empty();
  }

  /** The run of an image's work. */
  public static Subject of(ImageHash image, int run) {
    return new Subject(image.hex(), run);
  }

  /** The image that the work is about, or empty when it is about something else. */
  public Optional<ImageHash> image() {
    return ImageHash.parse(id);
  }

  /** One text for both, the same only for the same subject. */
  public String key() {
    return id + "-" + run;
  }
}
