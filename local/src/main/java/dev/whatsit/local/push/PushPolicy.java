package dev.whatsit.local.push;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a subscription delivers.
 *
 * @param acknowledgement how long a delivery may take before the message is delivered again, 10 s
 *     to 10 min in whole seconds
 * @param minBackoff the wait after the first failure
 * @param maxBackoff the wait ever, at most 10 min
 * @param deadLetterTopic the id of the topic for messages that are given up; null to never give up
 * @param maxDeliveries after how many deliveries a message is given up, 5 to 100
 */
public record PushPolicy(
    Duration acknowledgement,
    Duration minBackoff,
    Duration maxBackoff,
    @Nullable String deadLetterTopic,
    int maxDeliveries) {}
