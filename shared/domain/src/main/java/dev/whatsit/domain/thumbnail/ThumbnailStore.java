package dev.whatsit.domain.thumbnail;

import dev.whatsit.domain.image.ImageStore;

/**
 * Keeps the bytes of thumbnails, each under the hash of its own bytes, and apart from the images:
 * who may write here can write no image. All else is as an {@link ImageStore} has it.
 */
public interface ThumbnailStore extends ImageStore {}
