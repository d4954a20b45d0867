package dev.whatsit.embedded;

import dev.whatsit.domain.batch.BatchStore;
import dev.whatsit.domain.callback.CallbackStore;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.thumbnail.ThumbnailRecords;
import java.time.Instant;

/**
 * The stores of one data folder, with the types that a server on one machine needs. All of them are
 * thread-safe, and belong to the {@link EmbeddedBackend} that opened them.
 */
public final class EmbeddedStores {
  private final DataFolder folder;
  private final HmacLinks links;
  private final HmacLinks thumbnailLinks;

  EmbeddedStores(DataFolder folder, HmacLinks links, HmacLinks thumbnailLinks) {
    this.folder = folder;
    this.links = links;
    this.thumbnailLinks = thumbnailLinks;
  }

  public ImageStore images() {
    return new DirectoryImageStore(folder.images, folder.imageLimit, folder.files, links);
  }

  /** Verifies links to images. */
  public HmacLinks links() {
    return links;
  }

  public ImageStore thumbnails() {
    return new DirectoryImageStore(
        folder.thumbnails, folder.thumbnailLimit, folder.files, thumbnailLinks);
  }

  /** Verifies links to thumbnails. */
  public HmacLinks thumbnailLinks() {
    return thumbnailLinks;
  }

  public DocumentStore documents() {
    return folder.documents;
  }

  public RecordStore records() {
    return new RecordStore(documents());
  }

  public ThumbnailRecords thumbnailRecords() {
    return new ThumbnailRecords(documents());
  }

  public BatchStore batches() {
    return new BatchStore(documents());
  }

  public CallbackStore callbacks() {
    return new CallbackStore(documents());
  }

  /** The message queue, with its dead letters. */
  public SqliteMessageQueue messages() {
    return folder.messages;
  }

  /** Work for classify; exhausted messages become dead letters. */
  public Subscription workSubscription() {
    return folder.messages.work;
  }

  /** The same work for thumbnails. This and all further subscriptions drop exhausted messages. */
  public Subscription thumbnailSubscription() {
    return folder.messages.thumbnails;
  }

  /** Dead letters, each delivered once; they stay listed. */
  public Subscription deadLetterSubscription() {
    return folder.messages.deadLetterSubscription;
  }

  /** Results for notify. */
  public Subscription resultSubscription() {
    return folder.messages.results;
  }

  /** Results of images, for updating batches. */
  public Subscription progressSubscription() {
    return folder.messages.progress;
  }

  /** Items of batches for fetch. */
  public Subscription fetchSubscription() {
    return folder.messages.fetches;
  }

  /**
   * Recovers the work of crashed processes. Claimed records are queued again and their attempts
   * count; callbacks that were being sent become due; received messages become visible at once.
   * Does nothing while the folder has another user.
   *
   * <p>Call it once at the start, before any work begins: it would revoke the claims of that work.
   *
   * @throws TransientFailure if it is not known whether it was done; it is safe to call it again
   */
  public void recover(Instant now) {
    removeExpired(now);
    if (folder.isOnlyUser()) {
      records().releaseAll(now);
      callbacks().releaseAll(now);
      folder.messages.releaseAll(now);
    }
  }

  /**
   * Removes expired documents, as Firestore does by itself. Every read treats an expired document
   * as absent.
   *
   * @throws TransientFailure if it is not known whether it was done
   */
  public void removeExpired(Instant now) {
    folder.documents.removeExpired(now);
  }
}
