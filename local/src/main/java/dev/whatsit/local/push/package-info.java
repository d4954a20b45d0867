/** Messages that Pub/Sub itself delivers: its topics and push subscriptions, and their doors. */
@NullMarked
package dev.whatsit.local.push;

import org.jspecify.annotations.NullMarked;
