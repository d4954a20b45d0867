package dev.whatsit.domain.thumbnail;

import dev.whatsit.domain.image.ImageLinks;

/**
 * Signs links to what is in a {@link ThumbnailStore}. All else is as {@link ImageLinks} have it.
 */
public interface ThumbnailLinks extends ImageLinks {}
