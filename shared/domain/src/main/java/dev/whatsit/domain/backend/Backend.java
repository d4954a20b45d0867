package dev.whatsit.domain.backend;

import dev.whatsit.domain.batch.BatchStore;
import dev.whatsit.domain.batch.FetchQueue;
import dev.whatsit.domain.callback.CallbackStore;
import dev.whatsit.domain.callback.ResultQueue;
import dev.whatsit.domain.classification.ModelFiles;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.queue.DelayedMessages;
import dev.whatsit.domain.queue.WorkQueue;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.record.SpendingLedger;
import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.domain.thumbnail.ThumbnailRecords;
import dev.whatsit.domain.thumbnail.ThumbnailStore;
import java.util.Optional;

/**
 * A family of adapters under one name. A family may come in several parts, each on the class path
 * only where it is used: every part is a provider of its own with the same name and offers its
 * ports.
 *
 * <p>A provider has a public constructor without parameters and is found by the {@link
 * java.util.ServiceLoader}; {@link Backends} chooses.
 */
public interface Backend {
  /** The family's name, for example {@code embedded}. */
  String name();

  /**
   * Builds an adapter.
   *
   * @param port {@link ImageStore}, {@link RecordStore}, {@link SpendingLedger}, {@link
   *     ModelFiles}, {@link ThumbnailStore}, {@link ThumbnailRecords}, {@link WorkQueue}, {@link
   *     DelayedMessages}, {@link CallbackStore}, {@link ResultQueue}, {@link BatchStore} or {@link
   *     FetchQueue}
   * @param settings of which it reads those that are its own
   * @return the adapter, or empty when this part does not offer the port
   * @throws InvalidSettings naming every wrong setting
   */
  <P> Optional<P> open(Class<P> port, Settings settings);
}
