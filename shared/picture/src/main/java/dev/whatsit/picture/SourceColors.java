package dev.whatsit.picture;

import java.awt.color.CMMException;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.ColorConvertOp;
import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Converts pixels from the colours of an ICC profile (ICC.1:2022) to sRGB with the JDK's colour
 * management. That gets a new profile with nothing but curves, a matrix, or a table as large as its
 * grid says, so that no crafted one takes it long or much memory. Used by one thread.
 */
final class SourceColors {
  private static final int HEADER = 128;
  private static final int ENTRY = 12;
  private static final int MAX_TAGS = 128;

  /** Tables of the old kinds, for 8 and for 16 bits: a grid with as many points on each side. */
  private static final int TABLE_8 = tag("mft1");

  private static final int TABLE_16 = tag("mft2");

  private static final Set<Integer> KEPT =
      Set.of(
          tag("wtpt"),
          tag("chad"),
          tag("rXYZ"),
          tag("gXYZ"),
          tag("bXYZ"),
          tag("rTRC"),
          tag("gTRC"),
          tag("bTRC"),
          tag("kTRC"),
          tag("A2B0"));

  private static final Set<Integer> TYPES =
      Set.of(tag("XYZ "), tag("sf32"), tag("curv"), tag("para"), TABLE_8, TABLE_16);

  /** Pixels that are converted at once. */
  private static final int BATCH = 1 << 14;

  private final ColorConvertOp op;
  private final int channels;

  private SourceColors(ICC_Profile profile, int channels) {
    ICC_Profile srgb = ICC_Profile.getInstance(ColorSpace.CS_sRGB);
    this.op = new ColorConvertOp(new ICC_Profile[] {profile, srgb}, null);
    this.channels = channels;
  }

  /**
   * The colours of a profile of RGB or grey.
   *
   * @param channels of the image; 1 for grey
   * @return nothing if it is broken or of another kind: the colours then count as sRGB
   */
  static Optional<SourceColors> of(byte[] profile, int channels) {
    if (profile.length < HEADER + 4) {
      return Optional.empty();
    }
    int space = ByteBuffer.wrap(profile).getInt(16);
    if (!(channels == 3 && space == tag("RGB ")) && !(channels == 1 && space == tag("GRAY"))) {
      return Optional.empty();
    }
    try {
      SourceColors colors =
          new SourceColors(ICC_Profile.getInstance(cleaned(profile, channels)), channels);
      // A profile may turn out to be of no use only now.
      colors.toSrgb(new int[1]);
      return Optional.of(colors);
    } catch (IllegalArgumentException | CMMException e) {
      return Optional.empty();
    }
  }

  private record Tag(int name, int from, int length) {}

  private static byte[] cleaned(byte[] profile, int channels) {
    ByteBuffer old = ByteBuffer.wrap(profile);
    int count = old.getInt(HEADER);
    if (count < 1 || count > MAX_TAGS || profile.length < HEADER + 4 + count * ENTRY) {
      throw new IllegalArgumentException(count + " tags");
    }
    List<Tag> kept = new ArrayList<>();
    int size = HEADER + 4;
    for (int i = 0; i < count; i++) {
      int entry = HEADER + 4 + i * ENTRY;
      Tag tag = new Tag(old.getInt(entry), old.getInt(entry + 4), old.getInt(entry + 8));
      if (KEPT.contains(tag.name) && isPlain(old, tag, channels)) {
        kept.add(tag);
        size += ENTRY + padded(tag.length);
      }
    }
    ByteBuffer clean = ByteBuffer.allocate(size);
    clean.put(profile, 0, HEADER).putInt(0, size).putInt(kept.size());
    int at = HEADER + 4 + kept.size() * ENTRY;
    for (Tag tag : kept) {
      clean.putInt(tag.name).putInt(at).putInt(tag.length);
      System.arraycopy(profile, tag.from, clean.array(), at, tag.length);
      at += padded(tag.length);
    }
    return clean.array();
  }

  private static boolean isPlain(ByteBuffer profile, Tag tag, int channels) {
    if (tag.from < HEADER
        || tag.length < 12
        || tag.length > profile.capacity() - tag.from
        || !TYPES.contains(profile.getInt(tag.from))) {
      return false;
    }
    int type = profile.getInt(tag.from);
    if (type != TABLE_8 && type != TABLE_16) {
      return true;
    }
    int inputs = profile.get(tag.from + 8) & 0xff;
    int outputs = profile.get(tag.from + 9) & 0xff;
    double points = Math.pow(profile.get(tag.from + 10) & 0xff, inputs);
    return inputs == channels
        && outputs == 3
        && points * outputs * (type == TABLE_8 ? 1 : 2) <= tag.length;
  }

  private static int padded(int length) {
    return (length + 3) & ~3;
  }

  private static int tag(String name) {
    return name.charAt(0) << 24 | name.charAt(1) << 16 | name.charAt(2) << 8 | name.charAt(3);
  }

  /** Converts pixels {@code 0xAARRGGBB} in place; what shines through does so as before. */
  void toSrgb(int[] argb) {
    for (int from = 0; from < argb.length; from += BATCH) {
      int count = Math.min(BATCH, argb.length - from);
      WritableRaster source = Raster.createInterleavedRaster(0, count, 1, channels, null);
      byte[] samples = ((DataBufferByte) source.getDataBuffer()).getData();
      for (int i = 0, out = 0; i < count; i++) {
        int pixel = argb[from + i];
        if (channels == 3) {
          samples[out++] = (byte) (pixel >> 16);
          samples[out++] = (byte) (pixel >> 8);
        }
        samples[out++] = (byte) pixel;
      }
      WritableRaster target = Raster.createInterleavedRaster(0, count, 1, 3, null);
      op.filter(source, target);
      byte[] rgb = ((DataBufferByte) target.getDataBuffer()).getData();
      for (int i = 0, in = 0; i < count; i++, in += 3) {
        argb[from + i] =
            argb[from + i] & 0xff000000
                | (rgb[in] & 0xff) << 16
                | (rgb[in + 1] & 0xff) << 8
                | rgb[in + 2] & 0xff;
      }
    }
  }
}
