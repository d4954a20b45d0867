package dev.whatsit.http;

import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.thumbnail.Thumbnail;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Makes the entity tags of images, and compares tags with the conditions of a request. */
public final class EntityTags {
  /** Digits of a digest: enough to tell all states of an image apart. */
  private static final int DIGITS = 16;

  private static final String ANY = "*";

  /** Stands before what tells nothing of the image's state. */
  private static final String LINKS = ".";

  private EntityTags() {}

  /**
   * The strong tag of an image resource: the record's revision, the thumbnails, which have none,
   * and after a dot the expiry of the links in it, so that a client that is told 304 has links that
   * work.
   *
   * @param thumbnails by ascending size
   * @param linkExpiry when the links expire
   */
  public static String of(ImageRecord record, List<Thumbnail> thumbnails, Instant linkExpiry) {
    return "\"" + state(record, thumbnails) + LINKS + linkExpiry.getEpochSecond() + "\"";
  }

  private static String state(ImageRecord record, List<Thumbnail> thumbnails) {
    String revision = record.run() + "-" + record.revision();
    return thumbnails.isEmpty() ? revision : revision + "-" + digest(thumbnails);
  }

  private static String digest(List<Thumbnail> thumbnails) {
    byte[] text = thumbnails.toString().getBytes(StandardCharsets.UTF_8);
    return ImageHash.ofDigest(ImageHash.newDigest().digest(text)).hex().substring(0, DIGITS);
  }

  /**
   * Whether a list of tags contains this one, compared weakly as {@code If-None-Match} does (RFC
   * 9110 sections 8.8.3.2, 13.1.2).
   *
   * @param header {@code *} or tags separated by commas; empty contains none
   * @param etag a strong tag in quotes, without a comma in it
   */
  public static boolean match(String header, String etag) {
    return contains(header, etag) || contains(header, "W/" + etag);
  }

  /**
   * Whether the conditions of a request to change an image hold (RFC 9110 sections 13.1.1, 13.1.2):
   * {@code If-Match} compares strongly, {@code If-None-Match} weakly. Other links in the resource
   * are no change of the image, so the tags of {@link #of} are compared without them.
   *
   * @param thumbnails by ascending size
   */
  public static boolean conditionsHold(
      ApiRequest request, ImageRecord record, List<Thumbnail> thumbnails) {
    String etag = "\"" + state(record, thumbnails) + "\"";
    Optional<String> wanted = request.joinedHeader("If-Match").map(EntityTags::withoutLinks);
    Optional<String> unwanted = request.joinedHeader("If-None-Match").map(EntityTags::withoutLinks);
    return (wanted.isEmpty() || contains(wanted.get(), etag))
        && (unwanted.isEmpty() || !match(unwanted.get(), etag));
  }

  private static String withoutLinks(String header) {
    return header.replaceAll("\\" + LINKS + "\\d+\"", "\"");
  }

  /** Whether a request has conditions. */
  public static boolean areIn(ApiRequest request) {
    return request.joinedHeader("If-Match").isPresent()
        || request.joinedHeader("If-None-Match").isPresent();
  }

  private static boolean contains(String header, String etag) {
    for (String part : header.split(",", -1)) {
      String tag = part.strip();
      if (tag.equals(ANY) || tag.equals(etag)) {
        return true;
      }
    }
    return false;
  }
}
