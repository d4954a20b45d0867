package dev.whatsit.contracts;

import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.thumbnail.Thumbnail;
import dev.whatsit.domain.thumbnail.ThumbnailRecords;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The kit of thumbnails passes what is right and fails what is wrong, each in one way. */
class ThumbnailKitTest {
  @Test
  void kit_rightAdapter_passesAllOfItsTests() {
    KitsTest.assertPasses(RightThumbnails.class, 18);
  }

  @ParameterizedTest
  @EnumSource(Flaw.class)
  void kit_flaw_isFound(Flaw flaw) {
    WrongThumbnails.flaw = flaw;
    KitsTest.assertFails(WrongThumbnails.class);
  }

  // Nested and static, so that only the runs above find them.

  enum Flaw {
    NEEDS_NO_RECORD,
    NEVER_EXPIRES,
    REPLACES_PICTURES_BY_ERRORS,
    KEEPS_OLD_SIZES,
    OUTLIVES_THE_RECORD,
    LOSES_ERRORS,
    FAILS_WHEN_REPEATED,
    ENDS_WITH_THE_RUN
  }

  static final class RightThumbnails extends ThumbnailRecordsContract {
    private final MemoryThumbnails store = new MemoryThumbnails(null);

    @Override
    protected RecordStore records() {
      return store.records;
    }

    @Override
    protected ThumbnailRecords thumbnails() {
      return store;
    }
  }

  @ExtendWith(StopAtFirstFailure.class)
  static final class WrongThumbnails extends ThumbnailRecordsContract {
    private static Flaw flaw = Flaw.NEVER_EXPIRES;
    private final MemoryThumbnails store = new MemoryThumbnails(flaw);

    @Override
    protected RecordStore records() {
      return store.records;
    }

    @Override
    protected ThumbnailRecords thumbnails() {
      return store;
    }
  }

  private static final class MemoryThumbnails implements ThumbnailRecords {
    private final RecordStore records = new KitsTest.MemoryRecords(null, new AtomicBoolean());
    private final Map<Owner, List<Thumbnail>> kept = new HashMap<>();
    private final @Nullable Flaw flaw;

    /** One record's life. */
    private record Owner(ImageHash hash, Instant createdAt, int run) {}

    MemoryThumbnails(@Nullable Flaw flaw) {
      this.flaw = flaw;
    }

    private Owner owner(ImageRecord record) {
      return new Owner(
          record.hash(),
          flaw == Flaw.OUTLIVES_THE_RECORD ? Instant.EPOCH : record.createdAt(),
          flaw == Flaw.ENDS_WITH_THE_RUN ? record.run() : 1);
    }

    @Override
    public synchronized boolean put(ImageHash image, List<Thumbnail> thumbnails, Instant now) {
      Optional<ImageRecord> record =
          records.find(image, flaw == Flaw.NEVER_EXPIRES ? Instant.EPOCH : now);
      if (record.isEmpty()) {
        return flaw == Flaw.NEEDS_NO_RECORD;
      }
      Owner owner = owner(record.get());
      List<Thumbnail> before = kept.getOrDefault(owner, List.of());
      List<Thumbnail> next = Thumbnail.merged(before, thumbnails);
      if (flaw == Flaw.REPLACES_PICTURES_BY_ERRORS) {
        next = thumbnails;
      }
      if (flaw == Flaw.KEEPS_OLD_SIZES && !before.isEmpty()) {
        next = before;
      }
      if (flaw == Flaw.LOSES_ERRORS) {
        next = next.stream().filter(one -> one.error() == null).toList();
      }
      if (flaw == Flaw.FAILS_WHEN_REPEATED && next.equals(before)) {
        return false;
      }
      kept.put(owner, next);
      return true;
    }

    @Override
    public synchronized Optional<Illustrated> find(ImageHash image, Instant now) {
      return records
          .find(image, now)
          .map(record -> new Illustrated(record, kept.getOrDefault(owner(record), List.of())));
    }
  }
}
