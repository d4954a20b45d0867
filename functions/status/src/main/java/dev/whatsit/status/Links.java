package dev.whatsit.status;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.domain.record.WorkError;
import dev.whatsit.domain.thumbnail.Thumbnail;
import dev.whatsit.domain.thumbnail.ThumbnailRecords.Illustrated;
import dev.whatsit.http.ImageResource;
import java.net.URI;
import java.time.Instant;
import java.util.List;

/** Builds the image resource with its signed links. Thread-safe. */
final class Links {
  private final ImageStore images;
  private final ImageStore thumbnails;

  Links(ImageStore images, ImageStore thumbnails) {
    this.images = images;
    this.thumbnails = thumbnails;
  }

  /** The resource; it has no member {@code thumbnails} until thumbnails were attempted. */
  JsonObject toJson(Illustrated image, Instant now) {
    ImageRecord record = image.record();
    URI link = images.link(record.image(), now).uri();
    JsonObject json = ImageResource.toJson(record, link);
    if (!image.thumbnails().isEmpty()) {
      json.add("thumbnails", toJson(image.thumbnails(), now));
    }
    return json;
  }

  private JsonArray toJson(List<Thumbnail> tried, Instant now) {
    JsonArray list = new JsonArray();
    for (Thumbnail one : tried) {
      JsonObject entry = new JsonObject();
      entry.addProperty("size", one.size());
      ImageDescription picture = one.picture();
      WorkError error = one.error();
      if (picture != null) {
        entry.addProperty("status", "success");
        entry.addProperty("width", picture.width());
        entry.addProperty("height", picture.height());
        entry.addProperty("content_type", picture.format().mediaType());
        entry.addProperty("size_bytes", picture.sizeBytes());
        entry.addProperty("url", thumbnails.link(picture, now).uri().toString());
      } else if (error != null) {
        entry.addProperty("status", "error");
        entry.add("error", ImageResource.error(error));
      }
      list.add(entry);
    }
    return list;
  }
}
