package dev.whatsit.embedded;

import dev.whatsit.domain.batch.BatchStore;
import dev.whatsit.domain.batch.FetchQueue;
import dev.whatsit.domain.callback.CallbackStore;
import dev.whatsit.domain.callback.ResultQueue;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.queue.DelayedMessages;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.record.SpendingLedger;
import dev.whatsit.domain.thumbnail.ThumbnailRecords;
import dev.whatsit.domain.thumbnail.ThumbnailStore;
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
    return new DirectoryImageStore(folder.images(), links);
  }

  /** Verifies links to images. */
  public HmacLinks links() {
    return links;
  }

  /** The thumbnails. */
  public ThumbnailStore thumbnails() {
    return new DirectoryImageStore(folder.thumbnails(), thumbnailLinks);
  }

  /** Verifies links to thumbnails. */
  public HmacLinks thumbnailLinks() {
    return thumbnailLinks;
  }

  /** What is known of thumbnails. */
  public ThumbnailRecords thumbnailRecords() {
    return folder.thumbnailRecords();
  }

  /** The records. */
  public RecordStore records() {
    return folder.records();
  }

  /** The batches. */
  public BatchStore batches() {
    return folder.batches();
  }

  /** What was spent, in the records' database. */
  public SpendingLedger spending() {
    return folder.spending();
  }

  /** The queue, with both of its ends. */
  public SqliteWorkQueue queue() {
    return folder.queue();
  }

  /** Where it is put that items are to be fetched. */
  public FetchQueue fetches() {
    return new SqliteFetchQueue(folder.fetches());
  }

  /** Where it is taken from. */
  public Subscription fetchSubscription() {
    return folder.fetches();
  }

  /** Who is to be told of ends. */
  public CallbackStore callbacks() {
    return folder.callbacks();
  }

  /** Where ends are put. */
  public ResultQueue results() {
    return new SqliteResultQueue(folder.results(), folder.progress());
  }

  /** Where ends are taken from that notifiers tell. */
  public Subscription resultSubscription() {
    return folder.results();
  }

  /** Where ends of images are taken from that batches may wait for. */
  public Subscription progressSubscription() {
    return folder.progress();
  }

  /** Messages for a later time, which wait in the queue of their topic. */
  public DelayedMessages delayed() {
    return message -> {
      switch (message.topic()) {
        case WORK -> folder.queue().put(message);
        case RESULTS -> folder.results().put(message);
      }
    };
  }

  /**
   * Takes over what dead processes left under way, if this is the only user of the data folder: the
   * records that they had claimed are queued again, their attempts counted, the callbacks that they
   * were sending are due, and the messages that they had received are visible at once. Otherwise
   * nothing is done, and leases end by themselves.
   *
   * <p>To be called once at the start, before any work is taken.
   *
   * @throws IllegalStateException if work was claimed or received through this backend before
   * @throws TransientFailure if it is not known whether it was done; it may be called again
   */
  public Recovery recover(Instant now) {
    if (folder.records().hasClaimed()
        || folder.callbacks().hasClaimed()
        || folder.queue().hasReceived()
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
                          folder.records().releaseAll(now),
                          folder.callbacks().releaseAll(now),
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
