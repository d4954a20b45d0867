package dev.whatsit.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** On the embedded backend, where links lead to the gateway. */
class ThumbnailsTest extends ThumbnailsSuite {
  @Override
  LocalServer start(Map<String, String> settings) throws IOException {
    return LocalServer.start(settings);
  }

  @Override
  HttpAnswer open(String link) throws Exception {
    return client().get(link);
  }

  @Test
  void open_forgedLinks_areForbidden() throws Exception {
    byte[] picture = Pictures.png(80);
    client().post(picture);
    HttpAnswer image = client().awaitIllustrated(Pictures.hash(picture));
    JsonObject thumbnail = thumbnails(image).get(0);
    String link = thumbnail.get("url").getAsString();
    String imageLink = image.json().get("image_url").getAsString();
    String query = link.substring(link.indexOf('?'));
    String imageQuery = imageLink.substring(imageLink.indexOf('?'));
    String path = link.substring(0, link.indexOf('?'));

    assertThat(client().get(link).status()).isEqualTo(200);
    assertThat(client().get(path).code()).isEqualTo("INVALID_LINK");
    assertThat(client().get(link.replace("expires=", "expires=1")).status()).isEqualTo(403);
    assertThat(client().get(path + imageQuery).status()).isEqualTo(403);
    assertThat(client().get("/v1/images/" + Pictures.hash(picture) + "/content" + query).status())
        .isEqualTo(403);
  }
}
