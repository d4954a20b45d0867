package dev.whatsit.firestore;

import dev.whatsit.domain.image.ImageHash;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The documents of the claims that this process holds, so that their end needs no read. They are
 * never trusted: each is the condition of the write that is made from it, and one that has changed
 * meanwhile costs a call and nothing else. Safe for use by several threads.
 */
final class HeldDocuments {
  /** Many times what one instance works on at once; the eldest goes when there are more. */
  private static final int MOST = 256;

  private final Map<Key, Document> documents =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Document> eldest) {
          return size() > MOST;
        }
      };

  private record Key(ImageHash hash, String token) {}

  synchronized void keep(ImageHash hash, String token, Document document) {
    documents.put(new Key(hash, token), document);
  }

  /** The claimed document, once, or null. */
  synchronized @Nullable Document take(ImageHash hash, String token) {
    return documents.remove(new Key(hash, token));
  }
}
