package dev.whatsit.local.gateway;

import dev.whatsit.http.MemoryBudget;
import dev.whatsit.http.Problem;
import dev.whatsit.http.Problems;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.content.ByteBufferContentSource;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Attributes;
import org.eclipse.jetty.util.Callback;

/**
 * Buffers multipart bodies within a memory budget before they are passed to a function. The
 * Functions Framework parses them in memory before any of our code runs, and does not limit their
 * total. A buffered body also has a known length and arrives in large pieces. If bodies were
 * streamed, a body of tiny packets would cost the parser a whole buffer for each packet.
 */
final class MultipartGate {
  /** Maximum bytes of a part in the framework's own parser. */
  private static final long MAX_PART_BYTES = 10L * 1024 * 1024;

  /** Two parts of the maximum size, and 64 KiB for the headers and boundaries around them. */
  static final int MAX_BODY_BYTES = (int) (2 * MAX_PART_BYTES) + 64 * 1024;

  /** Copies of a body in memory: here, in the framework's parser, and one while it is buffered. */
  static final int COPIES = 3;

  /** How many times larger the buffer becomes when it is full. */
  private static final int GROWTH = 4;

  private static final String MULTIPART = "multipart/form-data";

  private final MemoryBudget budget;

  /** Handles a request after its body was buffered. */
  @FunctionalInterface
  interface FormHandler {
    /**
     * Serves the request.
     *
     * @param form the request with the buffered body, and headers that match it
     * @param callback to be completed when the body is no longer needed
     */
    void serve(Request form, Callback callback);
  }

  MultipartGate(MemoryBudget budget) {
    this.budget = budget;
  }

  static boolean isMultipart(Request request) {
    String contentType = request.getHeaders().get(HttpHeader.CONTENT_TYPE);
    return contentType != null && contentType.split(";", 2)[0].strip().equalsIgnoreCase(MULTIPART);
  }

  void gather(Request request, Response response, Callback callback, FormHandler next) {
    String boundary = Boundary.of(request.getHeaders().get(HttpHeader.CONTENT_TYPE));
    if (boundary.isEmpty()) {
      // The framework would refuse it without reading the body, and its response could be lost.
      Replies.problem(request, response, callback, Problems.malformedMultipart());
      return;
    }
    long length = request.getLength();
    if (length > MAX_BODY_BYTES) {
      Replies.problem(request, response, callback, Problems.multipartTooLarge(MAX_PART_BYTES));
      return;
    }
    int maxBytes = length >= 0 ? (int) length : MAX_BODY_BYTES;
    MemoryBudget.Reservation reservation = budget.open();
    new Gathering(request, response, callback, next, reservation, boundary, maxBytes).run();
  }

  private final class Gathering implements Runnable {
    private final Request request;
    private final Response response;
    private final Callback callback;
    private final FormHandler next;
    private final MemoryBudget.Reservation reservation;
    private final String boundary;
    private final int maxBytes;
    private byte[] body = new byte[0];
    private int size;

    Gathering(
        Request request,
        Response response,
        Callback callback,
        FormHandler next,
        MemoryBudget.Reservation reservation,
        String boundary,
        int maxBytes) {
      this.request = request;
      this.response = response;
      this.callback = Callback.from(callback, reservation::close);
      this.next = next;
      this.reservation = reservation;
      this.boundary = boundary;
      this.maxBytes = maxBytes;
    }

    @Override
    public void run() {
      while (true) {
        Content.Chunk chunk = request.read();
        if (chunk == null) {
          request.demand(this);
          return;
        }
        if (Content.Chunk.isFailure(chunk)) {
          failed(chunk.getFailure());
          return;
        }
        Optional<Problem> refusal = take(chunk);
        boolean last = chunk.isLast();
        chunk.release();
        if (refusal.isPresent()) {
          refuse(refusal.get());
          return;
        }
        if (last) {
          next.serve(new FormRequest(request, ByteBuffer.wrap(body, 0, size), boundary), callback);
          return;
        }
      }
    }

    /** Reserves memory as bytes arrive, whatever length the client declares. */
    private Optional<Problem> take(Content.Chunk chunk) {
      int count = chunk.remaining();
      if (count > maxBytes - size) {
        return Optional.of(Problems.multipartTooLarge(MAX_PART_BYTES));
      }
      if (count > body.length - size) {
        int grown = (int) Math.min(maxBytes, Math.max(size + count, (long) GROWTH * body.length));
        if (!reservation.grow((long) (grown - body.length) * COPIES)) {
          return Optional.of(Problems.overCapacity());
        }
        body = Arrays.copyOf(body, grown);
      }
      chunk.getByteBuffer().get(body, size, count);
      size += count;
      return Optional.empty();
    }

    /** Frees the memory at once: other requests need not wait until this client has finished. */
    private void refuse(Problem problem) {
      body = new byte[0];
      reservation.close();
      Replies.problem(request, response, callback, problem);
    }

    private void failed(Throwable failure) {
      if (isTimeout(failure)) {
        refuse(Problems.tooSlow());
      } else {
        callback.failed(failure);
      }
    }
  }

  private static boolean isTimeout(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof TimeoutException) {
        return true;
      }
    }
    return false;
  }

  /**
   * A request with its buffered body, and with attributes of its own: Jetty fails to complete a
   * request with an attribute for a form that could not be parsed.
   */
  private static final class FormRequest extends Request.AttributesWrapper {
    private final HttpFields headers;
    private final int length;
    private final Content.Source body;

    FormRequest(Request request, ByteBuffer body, String boundary) {
      super(request, new Attributes.Layer(request));
      this.length = body.remaining();
      this.body = new ByteBufferContentSource(body);
      this.headers =
          HttpFields.build(request.getHeaders())
              .remove(HttpHeader.TRANSFER_ENCODING)
              .remove(HttpHeader.EXPECT)
              .put(HttpHeader.CONTENT_TYPE, Boundary.contentType(boundary))
              .put(new HttpField(HttpHeader.CONTENT_LENGTH, Integer.toString(length)))
              .asImmutable();
    }

    @Override
    public HttpFields getHeaders() {
      return headers;
    }

    @Override
    public long getLength() {
      return length;
    }

    @Override
    public Content.Chunk read() {
      return body.read();
    }

    @Override
    public void demand(Runnable demandCallback) {
      body.demand(demandCallback);
    }

    @Override
    public void fail(Throwable failure) {
      body.fail(failure);
    }

    @Override
    public void fail(Throwable failure, boolean last) {
      body.fail(failure, last);
    }
  }
}
