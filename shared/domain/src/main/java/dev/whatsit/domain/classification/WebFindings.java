package dev.whatsit.domain.classification;

import java.util.List;

/**
 * What the web knows of a picture. Each list has at most {@link Extras#MAX_ENTRIES} entries.
 *
 * @param bestGuesses what the picture is of, best first
 * @param entities what it has to do with, best first
 * @param pages addresses of pages that show it
 * @param images addresses of copies of it
 */
public record WebFindings(
    List<String> bestGuesses, List<Entity> entities, List<String> pages, List<String> images) {
  /** The most characters of an address that is kept. */
  public static final int MAX_ADDRESS_LENGTH = 2000;

  /**
   * Takes copies of the lists.
   *
   * @throws IllegalArgumentException naming what is too long
   */
  public WebFindings {
    bestGuesses = Checks.list("bestGuesses", bestGuesses, Extras.MAX_ENTRIES);
    entities = Checks.list("entities", entities, Extras.MAX_ENTRIES);
    pages = Checks.list("pages", pages, Extras.MAX_ENTRIES);
    images = Checks.list("images", images, Extras.MAX_ENTRIES);
    bestGuesses.forEach(Checks::label);
    pages.forEach(WebFindings::requireShort);
    images.forEach(WebFindings::requireShort);
  }

  private static void requireShort(String address) {
    if (address.length() > MAX_ADDRESS_LENGTH) {
      throw new IllegalArgumentException(
          "address must be at most " + MAX_ADDRESS_LENGTH + " characters: " + address.length());
    }
  }

  /**
   * A thing, a person or a subject.
   *
   * @param label not blank
   * @param score how much the picture has to do with it, 0 or more; not to be compared between
   *     pictures
   */
  public record Entity(String label, double score) {
    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException naming the value that is out of range
     */
    public Entity {
      Checks.label(label);
      if (!(score >= 0 && score < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException("score must be 0 or more: " + score);
      }
    }
  }
}
