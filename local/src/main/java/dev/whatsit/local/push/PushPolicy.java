package dev.whatsit.local.push;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The delivery policy of a push subscription.
 *
 * @param acknowledgement acknowledgement deadline, after which a message is redelivered; 10 s to 10
 *     min in whole seconds
 * @param minBackoff backoff after the first failure
 * @param maxBackoff maximum backoff, at most 10 min
 * @param deadLetterTopic the id of the dead-letter topic; null to redeliver without limit
 * @param maxDeliveries deliveries after which a message is dead-lettered, 5 to 100
 */
public record PushPolicy(
    Duration acknowledgement,
    Duration minBackoff,
    Duration maxBackoff,
    @Nullable String deadLetterTopic,
    int maxDeliveries) {}
