package dev.whatsit.domain.queue;

import java.util.Map;
import java.util.regex.Pattern;

/**
 * A message: names and numbers as attributes, never bytes.
 *
 * @param name what it is about, the same for messages that say the same and another one in every
 *     topic: 1 to 400 letters, digits, hyphens and underscores. Begins with a hash or another
 *     random part, because names that begin alike are slow in Cloud Tasks
 * @param attributes strings by name, those included that this version of the program does not know
 */
public record Message(String name, Map<String, String> attributes) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,400}");

  /**
   * Copies the attributes.
   *
   * @throws IllegalArgumentException if the name has another form
   */
  public Message {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "a name has 1 to 400 letters, digits, hyphens and underscores: " + name);
    }
    attributes = Map.copyOf(attributes);
  }
}
