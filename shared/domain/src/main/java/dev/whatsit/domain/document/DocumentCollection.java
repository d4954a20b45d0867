package dev.whatsit.domain.document;

import java.util.Set;
import java.util.regex.Pattern;

/**
 * A named set of documents, and those types of its top-level fields that JSON does not express.
 *
 * @param name lower-case letters and underscores, at most 40 characters
 * @param timestamps the top-level fields that hold instants, so that a store can use its native
 *     type
 * @param lists the top-level fields that hold lists of strings that queries can search
 */
public record DocumentCollection(String name, Set<String> timestamps, Set<String> lists) {
  private static final Pattern NAME = Pattern.compile("[a-z][a-z_]{0,39}");

  public DocumentCollection {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("not the name of a collection: " + name);
    }
    timestamps = Set.copyOf(timestamps);
    lists = Set.copyOf(lists);
  }
}
