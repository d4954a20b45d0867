package dev.whatsit.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.whatsit.domain.queue.UnreadableMessage;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventReaderTest {
  private static final Map<String, String> ATTRIBUTES = Map.of("image_hash", "ab", "run", "1");

  @ParameterizedTest
  @ValueSource(
      strings = {
        // Pub/Sub's push, with and without a dead-letter policy.
        "{'message':{'attributes':{'image_hash':'ab','run':'1'},'messageId':'7','message_id':'7',"
            + "'publishTime':'2026-11-21T08:00:00Z','publish_time':'2026-11-21T08:00:00Z',"
            + "'data':''},'subscription':'s','deliveryAttempt':3}",
        "{'message':{'attributes':{'image_hash':'ab','run':'1'},'messageId':'7','message_id':'7',"
            + "'publishTime':'2026-11-21T08:00:00Z','publish_time':'2026-11-21T08:00:00Z'},"
            + "'subscription':'s'}",
        // Eventarc's CloudEvent, and the same message in protobuf's JSON format.
        "{'message':{'attributes':{'image_hash':'ab','run':'1'},'messageId':'7',"
            + "'publishTime':'2026-11-21T08:00:00Z','data':null},'subscription':'s'}",
        "{'message':{'attributes':{'image_hash':'ab','run':'1'},'message_id':'7',"
            + "'publish_time':'2026-11-21T08:00:00Z','ordering_key':''},'delivery_attempt':1}",
        // Other members of the message are ignored.
        "{'message':{'attributes':{'image_hash':'ab','run':'1'},'message_id':'7'}}",
        "{'message':{'attributes':{'image_hash':'ab','run':'1'},'messageId':null,"
            + "'message_id':'7','publishTime':[],'data':{}},'deliveryAttempt':'x'}",
        "{'message':{'attributes':{'image_hash':'ab','run':1},'messageId':7,'data':'aGk='}}"
      })
  void everyKnownShape_isReadFromEventAndPush(String json) {
    ReceivedMessage expected = new ReceivedMessage("7", ATTRIBUTES);

    assertThat(EventReader.fromPush(bytes(json))).isEqualTo(expected);
    assertThat(
            EventReader.fromCloudEvent(event().withData("application/json", bytes(json)).build()))
        .isEqualTo(expected);
  }

  @Test
  void fromPush_noAttributes_isReadAsNone() {
    assertThat(
            EventReader.fromPush(bytes("{'message':{'messageId':'7','data':'aGk='}}")).attributes())
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{}",
        "{'message':null}",
        "{'message':[]}",
        "{'message':{}}",
        "{'message':{'messageId':''}}",
        "{'message':{'messageId':{}}}",
        "{'message':{'messageId':'7','attributes':[]}}",
        "{'message':{'messageId':'7','attributes':{'a':null}}}",
        "{'message':{'messageId':'7','attributes':{'a':{}}}}",
        "{'message'"
      })
  void fromPush_noMessageInIt_isUnreadable(String json) {
    assertThatThrownBy(() -> EventReader.fromPush(bytes(json)))
        .isInstanceOf(UnreadableMessage.class);
  }

  @Test
  void fromPush_deeplyNested_isUnreadable() {
    String json = "{'message':" + "[".repeat(200_000);

    assertThatThrownBy(() -> EventReader.fromPush(bytes(json)))
        .isInstanceOf(UnreadableMessage.class);
  }

  @Test
  void fromCloudEvent_messageWithoutId_takesTheEventsId() {
    CloudEvent event =
        event().withData("application/json", bytes("{'message':{'attributes':{}}}")).build();

    assertThat(EventReader.fromCloudEvent(event).messageId()).isEqualTo("event-9");
  }

  @Test
  void fromCloudEvent_noData_isUnreadable() {
    assertThatThrownBy(() -> EventReader.fromCloudEvent(event().build()))
        .isInstanceOf(UnreadableMessage.class);
  }

  @Test
  void fromPush_mutatedBodies_areReadOrUnreadable() {
    byte[] valid =
        bytes("{'message':{'attributes':{'image_hash':'ab','run':'1'},'messageId':'7'},'x':[1]}");
    long seed = 20261121;
    Random random = new Random(seed);
    int readable = 0;
    for (int i = 0; i < 5_000; i++) {
      byte[] mutated = valid.clone();
      for (int j = random.nextInt(4); j >= 0; j--) {
        mutated[random.nextInt(mutated.length)] = (byte) random.nextInt(256);
      }
      try {
        EventReader.fromPush(mutated);
        readable++;
      } catch (UnreadableMessage e) {
        // The only exception that is allowed for an unreadable message.
      }
    }
    assertThat(readable).as("seed %d", seed).isBetween(1, 4_999);
  }

  private static CloudEventBuilder event() {
    return CloudEventBuilder.v1()
        .withId("event-9")
        .withSource(URI.create("//test"))
        .withType("google.cloud.pubsub.topic.v1.messagePublished");
  }

  private static byte[] bytes(String json) {
    return json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
  }
}
