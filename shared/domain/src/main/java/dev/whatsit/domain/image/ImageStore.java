package dev.whatsit.domain.image;

import dev.whatsit.domain.failure.LimitReached;
import dev.whatsit.domain.failure.TransientFailure;
import java.io.InputStream;
import java.net.URI;
import java.time.Instant;
import java.util.Optional;

/**
 * Keeps the bytes of images, each under its hash, once and unchanged.
 *
 * <p>Absent, duplicate and concurrent: any number of writers of one hash leave exactly one object
 * with the whole bytes, and no reader ever sees a part of it. A write that was answered is durable:
 * it survives the death of the process and, as far as the medium promises, of the machine. Objects
 * are never replaced. Implementations are thread-safe.
 */
public interface ImageStore {
  /** What became of a write. */
  enum Put {
    /** These bytes were stored by this call. */
    STORED,
    /** The object was there before; nothing was written. */
    ALREADY_THERE
  }

  /**
   * Stores the bytes unless the hash is there already.
   *
   * @param description its hash names the object, its format is the content type; the hash must be
   *     that of {@code content}, which is not computed again
   * @return which of the two happened, each as durable as the other
   * @throws LimitReached if the store may hold no more bytes
   * @throws TransientFailure if the store cannot be reached or has no room; nothing, or the whole
   *     object, is stored then, and the same call may be made again
   */
  Put putIfAbsent(ImageDescription description, ImageBytes content);

  /**
   * Opens the bytes for reading. The caller closes the stream.
   *
   * @return the stream, or empty when there is no such object
   * @throws TransientFailure if the store cannot be reached
   */
  Optional<InputStream> open(ImageHash hash);

  /**
   * Deletes the object. Idempotent: that there is none is no failure. Once this has returned no
   * reader finds it, after a crash neither, and it may be stored again.
   *
   * @throws TransientFailure if the store cannot be reached, or this account may not delete; the
   *     object is there or not, and the same call may be made again
   */
  void delete(ImageHash hash);

  /**
   * Signs a link to the bytes, which works from now on for at least half of the link's whole life.
   * Whether the object exists is not checked. The right to sign is needed by this method alone.
   *
   * @param description its format becomes the content type of what is read
   * @return absolute, or relative to the service's own address
   * @throws TransientFailure if signing needs a remote service that cannot be reached, or this
   *     account may not sign
   */
  URI link(ImageDescription description, Instant now);

  /**
   * When a link that is signed now expires. Links that expire at the same time are equal, so this
   * changes with them, every half of a link's life. Touches nothing.
   */
  Instant linkExpiry(Instant now);

  /**
   * Names where the bytes are or would be, for a service that reads them itself. Touches nothing:
   * whether there are any is not looked at.
   *
   * @return for example {@code gs://bucket/images/0a1b…}; empty when only this store can read them
   */
  default Optional<URI> location(ImageHash hash) {
    return Optional.empty();
  }

  /**
   * Checks that the store answers, as cheaply as can be.
   *
   * @throws TransientFailure saying what is wrong and what to do
   */
  void check();
}
