package dev.whatsit.domain.document;

import java.util.Set;
import java.util.regex.Pattern;

/**
 * A set of documents under one name, and the types of its top-level fields that JSON does not tell.
 *
 * @param name lower-case letters and underscores, at most 40 characters
 * @param timestamps the top-level fields that hold instants, so that a store can keep them as such
 * @param lists the top-level fields that hold lists of strings which queries look into
 */
public record DocumentCollection(String name, Set<String> timestamps, Set<String> lists) {
  private static final Pattern NAME = Pattern.compile("[a-z][a-z_]{0,39}");

  /**
   * Copies the sets.
   *
   * @throws IllegalArgumentException if the name has another form
   */
  public DocumentCollection {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("not the name of a collection: " + name);
    }
    timestamps = Set.copyOf(timestamps);
    lists = Set.copyOf(lists);
  }
}
