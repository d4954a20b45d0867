package dev.whatsit.pubsub;

import com.google.api.gax.core.NoCredentialsProvider;
import com.google.api.gax.rpc.TransportChannelProvider;
import com.google.cloud.pubsub.v1.SubscriptionAdminClient;
import com.google.cloud.pubsub.v1.SubscriptionAdminSettings;
import com.google.cloud.pubsub.v1.TopicAdminClient;
import com.google.cloud.pubsub.v1.TopicAdminSettings;
import com.google.cloud.pubsub.v1.stub.SubscriberStubSettings;
import com.google.pubsub.v1.AcknowledgeRequest;
import com.google.pubsub.v1.ModifyAckDeadlineRequest;
import com.google.pubsub.v1.PubsubMessage;
import com.google.pubsub.v1.PullRequest;
import com.google.pubsub.v1.ReceivedMessage;
import com.google.pubsub.v1.Subscription;
import com.google.pubsub.v1.SubscriptionName;
import com.google.pubsub.v1.TopicName;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** A topic of the emulator with a pull subscription, created by Google's own clients. */
final class EmulatedTopic implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final int MAX_MESSAGES = 1000;
  private static final int ACK_DEADLINE_SECONDS = 60;

  private final TopicName topic;
  private final SubscriptionName subscription;
  private final SubscriptionAdminClient subscriptions;

  EmulatedTopic(String hostPort, String project, String id) throws IOException {
    TransportChannelProvider channel =
        SubscriberStubSettings.defaultGrpcTransportProviderBuilder()
            .setEndpoint(hostPort)
            .setChannelConfigurator(builder -> builder.usePlaintext())
            .build();
    topic = TopicName.of(project, id);
    subscription = SubscriptionName.of(project, id + "-pull");
    try (TopicAdminClient topics =
        TopicAdminClient.create(
            TopicAdminSettings.newBuilder()
                .setTransportChannelProvider(channel)
                .setCredentialsProvider(NoCredentialsProvider.create())
                .build())) {
      topics.createTopic(topic);
    }
    subscriptions =
        SubscriptionAdminClient.create(
            SubscriptionAdminSettings.newBuilder()
                .setTransportChannelProvider(channel)
                .setCredentialsProvider(NoCredentialsProvider.create())
                .build());
    subscriptions.createSubscription(
        Subscription.newBuilder()
            .setName(subscription.toString())
            .setTopic(topic.toString())
            .setAckDeadlineSeconds(ACK_DEADLINE_SECONDS)
            .build());
  }

  String id() {
    return topic.getTopic();
  }

  /** Waits for a message like this, and nacks everything for immediate redelivery. */
  PubsubMessage await(Predicate<PubsubMessage> wanted) {
    long deadline = System.nanoTime() + TIMEOUT.toNanos();
    while (System.nanoTime() < deadline) {
      List<ReceivedMessage> received = pull();
      if (!received.isEmpty()) {
        subscriptions
            .modifyAckDeadlineCallable()
            .call(
                ModifyAckDeadlineRequest.newBuilder()
                    .setSubscription(subscription.toString())
                    .addAllAckIds(received.stream().map(ReceivedMessage::getAckId).toList())
                    .setAckDeadlineSeconds(0)
                    .build());
      }
      for (ReceivedMessage one : received) {
        if (wanted.test(one.getMessage())) {
          return one.getMessage();
        }
      }
    }
    throw new AssertionError("not delivered within " + TIMEOUT);
  }

  /** Pulls and acks messages until it has this number. */
  List<PubsubMessage> take(int count) {
    List<PubsubMessage> taken = new ArrayList<>();
    long deadline = System.nanoTime() + TIMEOUT.toNanos();
    while (taken.size() < count && System.nanoTime() < deadline) {
      List<ReceivedMessage> received = pull();
      if (!received.isEmpty()) {
        subscriptions
            .acknowledgeCallable()
            .call(
                AcknowledgeRequest.newBuilder()
                    .setSubscription(subscription.toString())
                    .addAllAckIds(received.stream().map(ReceivedMessage::getAckId).toList())
                    .build());
      }
      received.forEach(one -> taken.add(one.getMessage()));
    }
    return taken;
  }

  private List<ReceivedMessage> pull() {
    return subscriptions
        .pullCallable()
        .call(
            PullRequest.newBuilder()
                .setSubscription(subscription.toString())
                .setMaxMessages(MAX_MESSAGES)
                .build())
        .getReceivedMessagesList();
  }

  @Override
  public void close() {
    subscriptions.close();
  }
}
