/**
 * The message queue on Cloud Pub/Sub: the part of the backend {@code google} that publishes
 * messages, and has Cloud Tasks publish those that are due later.
 */
@NullMarked
package dev.whatsit.pubsub;

import org.jspecify.annotations.NullMarked;
