/**
 * The work queue on Cloud Pub/Sub: the part of the backend {@code google} that publishes work and
 * results.
 */
@NullMarked
package dev.whatsit.pubsub;

import org.jspecify.annotations.NullMarked;
