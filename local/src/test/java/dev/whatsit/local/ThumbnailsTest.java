package dev.whatsit.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Thumbnails, from the upload to the bytes under their links. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ThumbnailsTest {
  private LocalServer server;
  private Client client;

  @BeforeAll
  void start(@TempDir Path data) throws Exception {
    server = Servers.embedded(data);
    client = new Client(server.port());
  }

  @AfterAll
  void stop() throws Exception {
    server.close();
  }

  private List<JsonObject> thumbnailsOf(byte[] picture) throws Exception {
    assertThat(client.post(picture).status()).isIn(200, 202);
    return thumbnails(client.awaitIllustrated(Pictures.hash(picture)));
  }

  private static List<JsonObject> thumbnails(Response image) {
    JsonArray list = image.json().getAsJsonArray("thumbnails");
    List<JsonObject> thumbnails = new ArrayList<>();
    for (JsonElement one : list) {
      thumbnails.add(one.getAsJsonObject());
    }
    return thumbnails;
  }

  /** The bytes under a thumbnail's link. */
  private byte[] seen(JsonObject thumbnail) throws Exception {
    Response response = client.get(thumbnail.get("url").getAsString());
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.header("Content-Type"))
        .contains(thumbnail.get("content_type").getAsString());
    assertThat(response.body()).hasSize(thumbnail.get("size_bytes").getAsInt());
    return response.body();
  }

  private BufferedImage image(JsonObject thumbnail) throws Exception {
    BufferedImage image = ImageIO.read(new ByteArrayInputStream(seen(thumbnail)));
    assertThat(image.getWidth()).isEqualTo(thumbnail.get("width").getAsInt());
    assertThat(image.getHeight()).isEqualTo(thumbnail.get("height").getAsInt());
    return image;
  }

  private static void assertSize(JsonObject thumbnail, int size, int width, int height) {
    assertThat(thumbnail.get("size").getAsInt()).isEqualTo(size);
    assertThat(thumbnail.get("status").getAsString()).isEqualTo("success");
    assertThat(thumbnail.get("width").getAsInt()).isEqualTo(width);
    assertThat(thumbnail.get("height").getAsInt()).isEqualTo(height);
  }

  private static void assertAbout(BufferedImage image, int x, int y, Color color) {
    Color seen = new Color(image.getRGB(x, y));
    assertThat(Math.abs(seen.getRed() - color.getRed())).as("%s", seen).isLessThan(24);
    assertThat(Math.abs(seen.getGreen() - color.getGreen())).as("%s", seen).isLessThan(24);
    assertThat(Math.abs(seen.getBlue() - color.getBlue())).as("%s", seen).isLessThan(24);
  }

  /** Left in one colour, right in another. */
  private static byte[] halves(String format, int width, int height, int type, Color right)
      throws IOException {
    BufferedImage image = new BufferedImage(width, height, type);
    Graphics2D graphics = image.createGraphics();
    graphics.setColor(Color.RED);
    graphics.fillRect(0, 0, width / 2, height);
    if (right.getAlpha() > 0) {
      graphics.setColor(right);
      graphics.fillRect(width / 2, 0, width, height);
    }
    graphics.dispose();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThat(ImageIO.write(image, format, out)).isTrue();
    return out.toByteArray();
  }

  /** Adds an EXIF segment: an orientation, and a comment that must not be published. */
  private static byte[] withExif(byte[] jpeg, int orientation) {
    byte[] comment = "somewhere private".getBytes(StandardCharsets.US_ASCII);
    byte[] tiff = HexFormat.of().parseHex("4d4d002a00000008000101120003000000010000000000000000");
    // The value of the orientation, the only entry.
    tiff[19] = (byte) orientation;
    int length = 2 + 6 + tiff.length + comment.length;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(jpeg, 0, 2);
    out.writeBytes(new byte[] {(byte) 0xff, (byte) 0xe1, (byte) (length >> 8), (byte) length});
    out.writeBytes(new byte[] {'E', 'x', 'i', 'f', 0, 0});
    out.writeBytes(tiff);
    out.writeBytes(comment);
    out.write(jpeg, 2, jpeg.length - 2);
    return out.toByteArray();
  }

  @Test
  void submit_photo_hasEachSizeAndIsNeverEnlarged() throws Exception {
    List<JsonObject> thumbnails = thumbnailsOf(Pictures.cat());

    assertThat(thumbnails).hasSize(2);
    assertSize(thumbnails.get(0), 256, 256, 170);
    assertSize(thumbnails.get(1), 1024, 451, 300);
    image(thumbnails.get(0));
    image(thumbnails.get(1));
  }

  @Test
  void submit_turnedPhoto_isUprightAndTellsNothingElse() throws Exception {
    byte[] turned = withExif(halves("jpg", 600, 400, BufferedImage.TYPE_INT_RGB, Color.BLUE), 6);

    List<JsonObject> thumbnails = thumbnailsOf(turned);

    assertSize(thumbnails.get(0), 256, 171, 256);
    assertSize(thumbnails.get(1), 1024, 400, 600);
    for (JsonObject thumbnail : thumbnails) {
      BufferedImage image = image(thumbnail);
      // Rotated clockwise: the left side is now at the top.
      assertAbout(image, image.getWidth() / 2, 10, Color.RED);
      assertAbout(image, image.getWidth() / 2, image.getHeight() - 10, Color.BLUE);
      assertThat(new String(seen(thumbnail), StandardCharsets.ISO_8859_1))
          .doesNotContain("Exif", "private");
    }
  }

  @Test
  void submit_transparentPictureAndItsWebp_keepWhatShinesThrough() throws Exception {
    byte[] png = halves("png", 300, 300, BufferedImage.TYPE_INT_ARGB, new Color(0, 0, 0, 0));

    List<JsonObject> thumbnails = thumbnailsOf(png);

    JsonObject largest = thumbnails.get(1);
    assertThat(largest.get("content_type").getAsString()).isEqualTo("image/webp");
    byte[] webp = seen(largest);
    assertThat(new String(webp, 0, 16, StandardCharsets.ISO_8859_1))
        .startsWith("RIFF")
        .endsWith("VP8X");

    List<JsonObject> again = thumbnailsOf(webp);

    assertSize(again.get(0), 256, 256, 256);
    assertThat(again.get(0).get("content_type").getAsString()).isEqualTo("image/webp");
  }

  @Test
  void submit_gif_isItsFirstFrame() throws Exception {
    byte[] gif = halves("gif", 300, 150, BufferedImage.TYPE_INT_RGB, Color.GREEN);

    List<JsonObject> thumbnails = thumbnailsOf(gif);

    assertSize(thumbnails.get(0), 256, 256, 128);
    assertAbout(image(thumbnails.get(0)), 10, 10, Color.RED);
    assertAbout(image(thumbnails.get(0)), 246, 10, Color.GREEN);
  }

  @Test
  void submit_corruptPicture_hasAnErrorForEachSize() throws Exception {
    byte[] whole = Pictures.of(77, "png");
    byte[] cut = Arrays.copyOf(whole, whole.length / 2);

    List<JsonObject> thumbnails = thumbnailsOf(cut);

    for (JsonObject thumbnail : thumbnails) {
      assertThat(thumbnail.get("status").getAsString()).isEqualTo("error");
      assertThat(thumbnail.getAsJsonObject("error").get("code").getAsString())
          .isEqualTo("CORRUPT_IMAGE");
      assertThat(thumbnail.has("url")).isFalse();
    }
    JsonObject image = client.awaitFinal(Pictures.hash(cut)).json();
    assertThat(image.getAsJsonObject("error").get("code").getAsString()).isEqualTo("CORRUPT_IMAGE");
  }

  @Test
  void retry_image_keepsItsThumbnailsAndTheirEntityTagStays() throws Exception {
    byte[] picture = Pictures.of(78, "png");
    List<JsonObject> before = thumbnailsOf(picture);
    String path = "/v1/images/" + Pictures.hash(picture);

    assertThat(client.retry(Pictures.hash(picture)).status()).isEqualTo(202);

    Response done = client.awaitFinal(Pictures.hash(picture));
    assertThat(thumbnails(done)).hasSameSizeAs(before);
    for (int i = 0; i < before.size(); i++) {
      assertThat(seen(thumbnails(done).get(i))).isEqualTo(seen(before.get(i)));
    }
    String etag = done.header("ETag").orElseThrow();
    assertThat(client.get(path, "If-None-Match", etag).status()).isEqualTo(304);
  }

  @Test
  void list_images_leavesThumbnailsOut() throws Exception {
    thumbnailsOf(Pictures.of(79, "png"));

    JsonArray images = client.get("/v1/images").json().getAsJsonArray("images");

    assertThat(images).isNotEmpty();
    for (JsonElement image : images) {
      assertThat(image.getAsJsonObject().has("thumbnails")).isFalse();
    }
  }

  @Test
  void open_forgedLinks_areForbidden() throws Exception {
    byte[] picture = Pictures.png(80);
    client.post(picture);
    Response image = client.awaitIllustrated(Pictures.hash(picture));
    JsonObject thumbnail = thumbnails(image).get(0);
    String link = thumbnail.get("url").getAsString();
    String imageLink = image.string("image_url");
    String query = link.substring(link.indexOf('?'));
    String imageQuery = imageLink.substring(imageLink.indexOf('?'));
    String path = link.substring(0, link.indexOf('?'));

    assertThat(client.get(link).status()).isEqualTo(200);
    assertThat(client.get(path).code()).isEqualTo("INVALID_LINK");
    assertThat(client.get(link.replace("expires=", "expires=1")).status()).isEqualTo(403);
    assertThat(client.get(path + imageQuery).status()).isEqualTo(403);
    assertThat(client.get("/v1/images/" + Pictures.hash(picture) + "/content" + query).status())
        .isEqualTo(403);
  }
}
