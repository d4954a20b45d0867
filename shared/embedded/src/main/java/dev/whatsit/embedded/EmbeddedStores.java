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
 * What one data folder holds, with the types that a server on one machine needs. All of it is safe
 * for use by several threads, and belongs to the {@link EmbeddedBackend} that opened it.
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

  /** The images. */
  public ImageStore images() {
    return new DirectoryImageStore(folder.images(), links);
  }

  /** Verifies links to images. */
  public HmacLinks links() {
    return links;
  }

  /** The thumbnails. */
  public ImageStore thumbnails() {
    return new DirectoryImageStore(folder.thumbnails(), thumbnailLinks);
  }

  /** Verifies links to thumbnails. */
  public HmacLinks thumbnailLinks() {
    return thumbnailLinks;
  }

  /** What is known of thumbnails. */
  public ThumbnailRecords thumbnailRecords() {
    return new ThumbnailRecords(documents());
  }

  /** The documents. */
  public DocumentStore documents() {
    return folder.documents();
  }

  /** The records. */
  public RecordStore records() {
    return new RecordStore(documents());
  }

  /** The batches. */
  public BatchStore batches() {
    return new BatchStore(documents());
  }

  /** Where messages are published, and where dead letters are. */
  public SqliteMessageQueue messages() {
    return folder.messages();
  }

  /** Work for classify; what is exhausted there becomes a dead letter. */
  public Subscription workSubscription() {
    return folder.messages().work();
  }

  /** The same work for thumbnails. */
  public Subscription thumbnailSubscription() {
    return folder.messages().thumbnails();
  }

  /** Dead letters, each delivered once; they stay listed. */
  public Subscription deadLetterSubscription() {
    return folder.messages().deadLetterSubscription();
  }

  /** Results for notify. */
  public Subscription resultSubscription() {
    return folder.messages().results();
  }

  /** Results of images, which batches may wait for. */
  public Subscription progressSubscription() {
    return folder.messages().progress();
  }

  /** Items of batches for fetch. */
  public Subscription fetchSubscription() {
    return folder.messages().fetches();
  }

  /** The callbacks. */
  public CallbackStore callbacks() {
    return new CallbackStore(documents());
  }

  /**
   * Takes over what dead processes left under way: the records that they had claimed are queued
   * again, their attempts counted, the callbacks that they were sending are due, and the messages
   * that they had received are visible at once. Does nothing while another user has the folder
   * open.
   *
   * <p>To be called once at the start, before any work is taken: it would be taken away again.
   *
   * @throws TransientFailure if it is not known whether it was done; it may be called again
   */
  public Recovery recover(Instant now) {
    removeExpired(now);
    return folder.isOnlyUser()
        ? new Recovery(
            records().releaseAll(now),
            callbacks().releaseAll(now),
            folder.messages().releaseAll(now))
        : new Recovery(0, 0, 0);
  }

  /**
   * Removes the documents that have expired, as Firestore does by itself. Every read treats them as
   * absent before that.
   *
   * @throws TransientFailure if it is not known whether it was done
   */
  public void removeExpired(Instant now) {
    folder.documents().removeExpired(now);
  }
}
