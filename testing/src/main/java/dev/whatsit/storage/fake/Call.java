package dev.whatsit.storage.fake;

import java.util.Optional;

/**
 * A request as received.
 *
 * @param action what was requested
 * @param method the HTTP method
 * @param target the path as sent, without the query
 * @param query the query as sent, or an empty text
 * @param authorization the header of that name
 */
public record Call(
    Action action, String method, String target, String query, Optional<String> authorization) {
  /** The operations of the fake. */
  public enum Action {
    /** Upload an object. */
    INSERT,
    /** Read an object's metadata. */
    GET,
    /** Read an object's bytes. */
    DOWNLOAD,
    /** Delete an object. */
    DELETE,
    /** List a bucket's objects. */
    LIST,
    /** Test which permissions the caller has on a bucket. */
    TEST_PERMISSIONS,
    /** Open a signed link. */
    LINK,
    /** Sign bytes as a service account. */
    SIGN_BLOB,
    /** Anything else, which is refused. */
    OTHER
  }
}
