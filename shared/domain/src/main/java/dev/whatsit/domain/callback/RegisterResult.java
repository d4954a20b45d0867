package dev.whatsit.domain.callback;

/** What asking for a callback comes to. */
public sealed interface RegisterResult {
  /**
   * It was written by this call.
   *
   * @param callback as it stands
   */
  record Registered(Callback callback) implements RegisterResult {}

  /**
   * The same was asked for before.
   *
   * @param callback as it stands
   */
  record Exists(Callback callback) implements RegisterResult {}

  /** The subject has as many as it may; nothing was written. */
  record TooMany() implements RegisterResult {}
}
