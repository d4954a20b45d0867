/** Delivery by Pub/Sub itself: topics, push subscriptions, and limits of concurrent messages. */
@NullMarked
package dev.whatsit.local.push;

import org.jspecify.annotations.NullMarked;
