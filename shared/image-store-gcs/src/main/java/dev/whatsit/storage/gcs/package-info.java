/**
 * The part of the backend {@code google} that keeps images in Cloud Storage and signs links to
 * them, over the JSON API and HTTP.
 */
@NullMarked
package dev.whatsit.storage.gcs;

import org.jspecify.annotations.NullMarked;
