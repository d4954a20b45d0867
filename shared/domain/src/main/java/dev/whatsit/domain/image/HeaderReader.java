package dev.whatsit.domain.image;

/**
 * Reads the header of one accepted format. Implementations hold no state, never decode, look at a
 * bounded number of bytes whatever these claim, and never throw for what is in them.
 *
 * <p>A claim of dimensions is held against the limit as soon as it is seen, before the rest of the
 * header is checked: a decompression bomb is called one even when it is also broken.
 */
interface HeaderReader {
  /** Whether the bytes begin as this format does, whole or cut. */
  boolean recognises(ImageBytes bytes);

  /** What the header says; asked only for bytes that this reader recognises. */
  Inspection inspect(ImageBytes bytes, ImageLimits limits);
}
