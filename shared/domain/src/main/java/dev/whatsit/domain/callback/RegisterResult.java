package dev.whatsit.domain.callback;

/** The result of registering a callback. Each callback is the stored one. */
public sealed interface RegisterResult {
  /** Written by this call. */
  record Registered(Callback callback) implements RegisterResult {}

  /** The same callback had already been registered; nothing was written. */
  record Exists(Callback callback) implements RegisterResult {}

  /** The subject has the maximum number of callbacks; nothing was written. */
  record TooMany() implements RegisterResult {}
}
