package dev.whatsit.http;

/**
 * Compares entity tags as {@code If-None-Match} does: weakly (RFC 9110 sections 8.8.3.2, 13.1.2).
 */
public final class EntityTags {
  private EntityTags() {}

  /**
   * Whether a list of tags contains this one.
   *
   * @param header {@code *} or tags separated by commas; empty contains none
   * @param etag a strong tag in quotes, without a comma in it
   */
  public static boolean match(String header, String etag) {
    for (String part : header.split(",", -1)) {
      String tag = part.strip();
      if (tag.equals("*") || tag.equals(etag) || tag.equals("W/" + etag)) {
        return true;
      }
    }
    return false;
  }
}
