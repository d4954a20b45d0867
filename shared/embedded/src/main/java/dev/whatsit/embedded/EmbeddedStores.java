package dev.whatsit.embedded;

import dev.whatsit.domain.batch.BatchStore;
import dev.whatsit.domain.callback.CallbackStore;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.thumbnail.ThumbnailRecords;
import java.io.IOException;
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
    return folder.images();
  }

  /** Signs links and verifies them. */
  public HmacLinks links() {
    return links;
  }

  /** The thumbnails. */
  public ImageStore thumbnails() {
    return folder.thumbnails();
  }

  /** Signs links to thumbnails and verifies them. */
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

  /** Where messages are published. */
  public MessageQueue messages() {
    return new EmbeddedMessages(folder);
  }

  /** Where work is taken from, and where dead letters are. */
  public SqliteWorkQueue queue() {
    return folder.queue();
  }

  /** Where items of batches are taken from that are to be fetched. */
  public Subscription fetchSubscription() {
    return folder.fetches();
  }

  /** Who is to be told of ends. */
  public CallbackStore callbacks() {
    return new CallbackStore(documents());
  }

  /** Where ends are taken from that notifiers tell. */
  public Subscription resultSubscription() {
    return folder.results();
  }

  /** Where ends of images are taken from that batches may wait for. */
  public Subscription progressSubscription() {
    return folder.progress();
  }

  /**
   * Takes over what dead processes left under way, if this is the only user of the data folder: the
   * records that they had claimed are queued again, their attempts counted, the callbacks that they
   * were sending are due, and the messages that they had received are visible at once. Otherwise
   * nothing is done, and leases end by themselves.
   *
   * <p>To be called once at the start, before any work is taken.
   *
   * @throws IllegalStateException if work was received through this backend before
   * @throws TransientFailure if it is not known whether it was done; it may be called again
   */
  public Recovery recover(Instant now) {
    if (folder.queue().hasReceived()
        || folder.results().hasReceived()
        || folder.fetches().hasReceived()
        || folder.progress().hasReceived()) {
      throw new IllegalStateException("work was taken already: it would be taken away again");
    }
    try {
      return folder
          .use()
          .exclusively(
              alone ->
                  alone
                      ? new Recovery(
                          true,
                          records().releaseAll(now),
                          callbacks().releaseAll(now),
                          folder.queue().releaseAll(now)
                              + folder.results().releaseAll(now)
                              + folder.fetches().releaseAll(now)
                              + folder.progress().releaseAll(now))
                      : new Recovery(false, 0, 0, 0));
    } catch (IOException e) {
      throw new TransientFailure("data folder: cannot see who else uses it: " + e, e);
    }
  }
}
