package dev.whatsit.rest;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.Reader;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads JSON as if some members of its objects were not there. For who asks {@link #hasNext} before
 * each member, as whatever builds a tree does.
 */
final class SelectiveReader extends JsonReader {
  private final Set<String> unread;
  private @Nullable String name;

  /**
   * A reader.
   *
   * @param unread names of members
   */
  SelectiveReader(Reader in, Set<String> unread) {
    super(in);
    this.unread = unread;
  }

  @Override
  public boolean hasNext() throws IOException {
    while (name == null && peek() == JsonToken.NAME) {
      String next = super.nextName();
      if (unread.contains(next)) {
        skipValue();
      } else {
        name = next;
      }
    }
    return name != null || super.hasNext();
  }

  @Override
  public String nextName() throws IOException {
    String next = name;
    name = null;
    return next == null ? super.nextName() : next;
  }
}
