/**
 * The message queue on Cloud Pub/Sub: the part of the backend {@code google} that publishes
 * messages, with Cloud Tasks for scheduled ones.
 */
@NullMarked
package dev.whatsit.pubsub;

import org.jspecify.annotations.NullMarked;
