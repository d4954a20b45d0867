package dev.whatsit.domain.queue;

import java.util.Map;
import java.util.regex.Pattern;

/**
 * A queue message: identifiers and numbers as attributes, never image bytes.
 *
 * @param name identifies the content: messages with the same content in a topic have the same name,
 *     and names of different topics differ. 1 to 400 letters, digits, hyphens and underscores.
 *     Begins with a hash or another random part, because names with a common prefix are slow in
 *     Cloud Tasks
 * @param attributes strings by name, including those that this version of the program does not know
 */
public record Message(String name, Map<String, String> attributes) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,400}");

  public Message {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "a name has 1 to 400 letters, digits, hyphens and underscores: " + name);
    }
    attributes = Map.copyOf(attributes);
  }
}
