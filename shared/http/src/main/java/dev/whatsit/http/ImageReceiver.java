package dev.whatsit.http;

import dev.whatsit.domain.image.ImageBytes;
import dev.whatsit.domain.image.ImageHash;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;

/**
 * Reads an image's body once, limited in bytes, memory and time, and hashes it while reading.
 * Thread-safe.
 */
public final class ImageReceiver {
  /**
   * The segment size for bodies of unknown length, and the first array of others: below the size
   * from which G1 treats an array as humongous.
   */
  private static final int SEGMENT = 64 * 1024;

  /**
   * Memory for each byte of a segmented body, because a store may need the body as one array too.
   */
  private static final int COPIES = 2;

  /** How many times larger the array of a declared body becomes when it is full. */
  private static final int GROWTH = 4;

  private final int maxBytes;
  private final MemoryBudget budget;
  private final Duration timeout;

  /**
   * Creates a receiver.
   *
   * @param maxBytes the limit of one image in bytes
   * @param budget the memory limit of all bodies together
   * @param timeout the time in which one body must arrive
   */
  public ImageReceiver(int maxBytes, MemoryBudget budget, Duration timeout) {
    this.maxBytes = maxBytes;
    this.budget = budget;
    this.timeout = timeout;
  }

  /**
   * The smallest budget, in bytes, in which an image of unknown length and {@code maxBytes} fits.
   */
  public static long minBudget(int maxBytes) {
    return (maxBytes + SEGMENT - 1L) / SEGMENT * SEGMENT * COPIES;
  }

  /** The limit of one image in bytes. */
  public int maxBytes() {
    return maxBytes;
  }

  /**
   * Reads the body to its end. A body of declared length is read into one array, which a store uses
   * without a copy; any other is read into segments. Memory is reserved as bytes arrive: a client
   * that declares much and sends little takes no more than it sends.
   *
   * @param declared the length in bytes that the client declares
   * @throws ProblemException 400 for an empty or incomplete body, 408 for a slow one, 413 for one
   *     that is too large, 503 when the budget is used up
   */
  public ReceivedImage receive(InputStream in, OptionalLong declared) {
    long length = declared.orElse(0);
    if (length > maxBytes) {
      throw tooLarge(length);
    }
    MemoryBudget.Reservation reservation = budget.open();
    try {
      return read(in, (int) length, reservation);
    } catch (RuntimeException | Error e) {
      reservation.close();
      throw e;
    }
  }

  private ReceivedImage read(InputStream in, int declared, MemoryBudget.Reservation reservation) {
    long deadline = System.nanoTime() + timeout.toNanos();
    MessageDigest digest = ImageHash.newDigest();
    List<byte[]> segments = new ArrayList<>();
    byte[] segment = new byte[0];
    int inSegment = 0;
    int size = 0;
    while (true) {
      int count;
      if (inSegment == segment.length) {
        // Reads one byte ahead, so that nothing is allocated at the end of the body.
        int next = readByte(in);
        if (next < 0) {
          break;
        }
        if (size == maxBytes) {
          throw tooLarge(size + 1L);
        }
        if (size < declared) {
          int grown = (int) Math.min(declared, Math.max(SEGMENT, (long) GROWTH * size));
          reserve(reservation, grown);
          segment = Arrays.copyOf(segment, grown);
          reservation.shrink(size);
          segments.clear();
        } else {
          // All segments have one size. If the body is longer than declared, the first array is
          // copied as well.
          int length = declared > 0 ? declared : SEGMENT;
          reserve(reservation, (long) length * COPIES + (size == declared ? declared : 0));
          segment = new byte[length];
          inSegment = 0;
        }
        segment[inSegment] = (byte) next;
        segments.add(segment);
        count = 1;
      } else {
        count = read(in, segment, inSegment, segment.length - inSegment);
        if (count < 0) {
          break;
        }
      }
      digest.update(segment, inSegment, count);
      inSegment += count;
      size += count;
      if (size > maxBytes) {
        throw tooLarge(size);
      }
      if (System.nanoTime() - deadline > 0) {
        throw new ProblemException(Problems.tooSlow());
      }
    }
    if (size == 0) {
      throw new ProblemException(
          Problem.of(
              400, "EMPTY_BODY", "The body is empty", "Send the image's bytes as the body."));
    }
    return new ReceivedImage(
        ImageBytes.ofSegments(segments, size), ImageHash.ofDigest(digest.digest()), reservation);
  }

  private static void reserve(MemoryBudget.Reservation reservation, long bytes) {
    if (!reservation.grow(bytes)) {
      throw new ProblemException(Problems.overCapacity());
    }
  }

  private static int readByte(InputStream in) {
    byte[] one = new byte[1];
    int count = read(in, one, 0, 1);
    return count < 0 ? -1 : one[0] & 0xff;
  }

  private static int read(InputStream in, byte[] target, int offset, int length) {
    try {
      return in.read(target, offset, length);
    } catch (IOException e) {
      throw new ProblemException(Problems.unreadBody(e));
    }
  }

  private ProblemException tooLarge(long bytes) {
    return new ProblemException(
        Problem.of(
                413,
                "IMAGE_TOO_LARGE",
                "The image has too many bytes",
                "At most " + maxBytes + " bytes are taken, and this has " + bytes + " or more.")
            .with("max_bytes", maxBytes));
  }
}
