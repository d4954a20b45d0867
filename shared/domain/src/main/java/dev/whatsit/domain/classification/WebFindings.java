package dev.whatsit.domain.classification;

import java.util.List;

/**
 * Findings on the web about a picture. Each list has at most {@link Extras#MAX_ENTRIES} entries.
 *
 * @param bestGuesses guesses of the picture's subject, best first
 * @param entities related entities, best first
 * @param pages URLs of pages that show the picture
 * @param images URLs of copies of the picture
 */
public record WebFindings(
    List<String> bestGuesses, List<Entity> entities, List<String> pages, List<String> images) {
  /** The maximum length in characters of a URL that is kept. */
  public static final int MAX_ADDRESS_LENGTH = 2000;

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
   * A thing, a person or a topic.
   *
   * @param label not blank
   * @param score relevance to the picture, 0 or more; not comparable between pictures
   */
  public record Entity(String label, double score) {
    public Entity {
      Checks.label(label);
      if (!(score >= 0 && score < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException("score must be 0 or more: " + score);
      }
    }
  }
}
