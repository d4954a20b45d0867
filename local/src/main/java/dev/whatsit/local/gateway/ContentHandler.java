package dev.whatsit.local.gateway;

import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageHash;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.embedded.HmacLinks;
import dev.whatsit.embedded.VerifiedLink;
import dev.whatsit.http.EntityTags;
import dev.whatsit.http.Problems;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.Optional;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Fields;

/**
 * Serves the bytes of an image or a thumbnail under a signed link, as Cloud Storage does on Google
 * Cloud. The bytes are untrusted: a browser must neither guess another media type nor run scripts
 * in them.
 */
final class ContentHandler {
  private static final int BUFFER_BYTES = 32 * 1024;

  private final HmacLinks links;
  private final ImageStore images;
  private final Clock clock;

  ContentHandler(HmacLinks links, ImageStore images, Clock clock) {
    this.links = links;
    this.images = images;
    this.clock = clock;
  }

  void serve(Request request, Response response, Callback callback, String hashText) {
    Optional<ImageHash> hash = ImageHash.parse(hashText);
    Optional<VerifiedLink> link = hash.flatMap(known -> verified(request, known));
    if (hash.isEmpty() || link.isEmpty()) {
      Replies.problem(request, response, callback, GatewayProblems.badLink());
      return;
    }
    try {
      Optional<InputStream> bytes = images.open(hash.get());
      if (bytes.isEmpty()) {
        Replies.problem(request, response, callback, GatewayProblems.imageGone());
        return;
      }
      send(request, response, callback, hash.get(), link.get(), bytes.get());
    } catch (TransientFailure e) {
      Replies.problem(request, response, callback, Problems.unavailable());
    }
  }

  private Optional<VerifiedLink> verified(Request request, ImageHash hash) {
    Fields query = Request.extractQueryParameters(request);
    return links.verify(
        hash, query.getValue("expires"), query.getValue("signature"), clock.instant());
  }

  private static void send(
      Request request,
      Response response,
      Callback callback,
      ImageHash hash,
      VerifiedLink link,
      InputStream bytes) {
    String etag = "\"" + hash + "\"";
    HttpFields.Mutable headers = response.getHeaders();
    headers.put(HttpHeader.ETAG, etag);
    headers.put(HttpHeader.CACHE_CONTROL, "private, max-age=300");
    headers.put("Content-Security-Policy", "default-src 'none'; sandbox");
    try {
      // For a file's stream this is the whole length. A 304 needs it as well; without it Jetty
      // writes 0, which RFC 9110 section 8.6 forbids.
      headers.put(HttpHeader.CONTENT_LENGTH, bytes.available());
    } catch (IOException e) {
      closing(bytes);
      throw new UncheckedIOException("cannot read " + hash, e);
    }
    String known = String.join(",", request.getHeaders().getValuesList(HttpHeader.IF_NONE_MATCH));
    if (EntityTags.match(known, etag)) {
      closing(bytes);
      Replies.empty(request, response, callback, 304);
      return;
    }
    headers.put(HttpHeader.CONTENT_TYPE, link.format().mediaType());
    response.setStatus(200);
    if ("HEAD".equals(request.getMethod())) {
      closing(bytes);
      response.write(true, ByteBuffer.allocate(0), callback);
      return;
    }
    ByteBufferPool pool = request.getComponents().getByteBufferPool();
    Content.copy(
        Content.Source.from(new ByteBufferPool.Sized(pool, false, BUFFER_BYTES), bytes),
        response,
        Callback.from(callback, () -> closing(bytes)));
  }

  private static void closing(InputStream bytes) {
    try {
      bytes.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close an image's stream", e);
    }
  }
}
