package dev.whatsit.outbound;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.MessageConstraintException;
import org.apache.hc.core5.http.ParseException;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.io.DefaultHttpResponseParser;
import org.apache.hc.core5.http.io.SessionInputBuffer;
import org.apache.hc.core5.http.message.BasicHeader;
import org.apache.hc.core5.http.message.LazyLaxLineParser;
import org.apache.hc.core5.util.CharArrayBuffer;

/**
 * Reads the header of a response within the limits that are common among clients. A line without a
 * colon is skipped, as browsers and curl do. A header that breaks off is a failure.
 */
final class ResponseHeaderParser extends DefaultHttpResponseParser {
  /** HttpCore applies these also to the chunks of a body and to its trailers. */
  static final Http1Config LIMITS =
      Http1Config.custom().setMaxLineLength(32 * 1024).setMaxHeaderCount(256).build();

  /** The limit of the whole header, which HttpCore does not have. */
  private static final int MAX_BYTES = 64 * 1024;

  ResponseHeaderParser() {
    super(LIMITS, new SkippingLineParser(), null);
  }

  @Override
  public ClassicHttpResponse parse(SessionInputBuffer buffer, InputStream in)
      throws IOException, HttpException {
    return super.parse(buffer, new HeaderStream(in));
  }

  private static final class SkippingLineParser extends LazyLaxLineParser {
    private static final Header SKIPPED = new BasicHeader("", "");

    @Override
    public Header parseHeader(CharArrayBuffer line) {
      try {
        return super.parseHeader(line);
      } catch (ParseException e) {
        return SKIPPED;
      }
    }
  }

  private static final class HeaderStream extends FilterInputStream {
    private int left = MAX_BYTES;

    HeaderStream(InputStream in) {
      super(in);
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      if (left <= 0) {
        throw new MessageConstraintException("header longer than " + MAX_BYTES + " bytes");
      }
      int count = super.read(target, offset, length);
      if (count < 0) {
        // HttpCore would take what has arrived for the whole header.
        throw new ConnectionClosedException("the response broke off in its header");
      }
      left -= count;
      return count;
    }
  }
}
