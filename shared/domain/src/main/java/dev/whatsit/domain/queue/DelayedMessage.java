package dev.whatsit.domain.queue;

import java.time.Instant;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A message for a later time.
 *
 * @param name of what it is about, such that whoever has the same to say gives the same name: 1 to
 *     400 letters, digits, hyphens and underscores. Names that begin alike are slow in some queues;
 *     begin with a hash
 * @param topic where it is to be put
 * @param attributes the message
 * @param dueAt not before this; in whole seconds it is rounded up where seconds are all there is
 */
public record DelayedMessage(
    String name, Topic topic, Map<String, String> attributes, Instant dueAt) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,400}");

  /**
   * Takes a copy of the attributes.
   *
   * @throws IllegalArgumentException if the name cannot be one
   */
  public DelayedMessage {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "name must be 1 to 400 letters, digits, hyphens and underscores: " + name);
    }
    attributes = Map.copyOf(attributes);
  }

  /** The whole second, since 1970, in which it is due at the latest: rounded up. */
  public long dueSecond() {
    return dueAt.getNano() == 0 ? dueAt.getEpochSecond() : dueAt.getEpochSecond() + 1;
  }
}
