package dev.whatsit.rest;

import com.google.gson.JsonElement;
import com.google.gson.JsonIOException;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * JSON over the JDK's HTTP connections. Of all that was tried it makes a cold instance wait least
 * (ADR 19). Safe for use by several threads.
 */
public final class HttpJsonWire implements JsonWire {
  private static final int UNAUTHENTICATED = 401;
  private static final int FIRST_ERROR = 400;

  /** Errors are told to people and logged; more than this is none of a service's. */
  private static final int LONGEST_ERROR = 64 * 1024;

  /**
   * Bytes. Above what any service answers here: the text of a full page in Vision's words and boxes
   * has some millions.
   */
  private static final long LONGEST_ANSWER = 64L * 1024 * 1024;

  static {
    // By default five connections are kept, for five seconds: under load, and whenever a minute is
    // quiet, calls would begin with a handshake. Of this virtual machine, read when it keeps the
    // first one.
    setUnlessSet("http.maxConnections", "64");
    setUnlessSet("http.keepAlive.time.server", "180");
  }

  private final URI endpoint;
  private final Authorization authorization;
  private final long longestAnswer;
  private final Set<String> unread;

  /** What shows who calls. */
  private interface Authorization {
    Map<String, List<String>> headers(long millis) throws IOException;

    boolean renew(long millis) throws IOException;
  }

  private HttpJsonWire(
      URI endpoint, Authorization authorization, long longestAnswer, Set<String> unread) {
    this.endpoint = endpoint;
    this.authorization = authorization;
    this.longestAnswer = longestAnswer;
    this.unread = unread;
  }

  /**
   * The way to one of Google's services.
   *
   * @param endpoint scheme and authority
   */
  public static HttpJsonWire to(URI endpoint, GoogleAccess access) {
    return new HttpJsonWire(
        endpoint,
        new Authorization() {
          @Override
          public Map<String, List<String>> headers(long millis) throws IOException {
            return access.headers(endpoint, millis);
          }

          @Override
          public boolean renew(long millis) throws IOException {
            return access.renew(millis);
          }
        },
        LONGEST_ANSWER,
        Set.of());
  }

  /**
   * The way to a server for development, where what this process holds is never sent.
   *
   * @param hostPort {@code host:port}, spoken to without encryption
   */
  public static HttpJsonWire toEmulator(String hostPort) {
    return toEmulator(hostPort, LONGEST_ANSWER);
  }

  /** With another longest answer, in bytes. */
  static HttpJsonWire toEmulator(String hostPort, long longestAnswer) {
    return new HttpJsonWire(
        URI.create("http://" + hostPort),
        new Authorization() {
          @Override
          public Map<String, List<String>> headers(long millis) {
            // Lets an emulator pass over its access rules, where it was started with some.
            return Map.of("Authorization", List.of("Bearer owner"));
          }

          @Override
          public boolean renew(long millis) {
            return false;
          }
        },
        longestAnswer,
        Set.of());
  }

  /**
   * The same way, with answers that lack what nobody reads: as a tree it takes many times the
   * memory of its text.
   *
   * @param members of objects, left out wherever they are in an answer
   */
  public HttpJsonWire leavingOut(Set<String> members) {
    return new HttpJsonWire(endpoint, authorization, longestAnswer, Set.copyOf(members));
  }

  private static void setUnlessSet(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }

  @Override
  public JsonElement send(Attempt attempt, String path, @Nullable JsonElement body)
      throws IOException {
    byte[] bytes = body == null ? null : body.toString().getBytes(StandardCharsets.UTF_8);
    HttpURLConnection connection = request(attempt, path, bytes);
    if (connection.getResponseCode() == UNAUTHENTICATED
        && authorization.renew(attempt.readMillis())) {
      // The token may have been revoked before its time.
      connection = request(attempt, path, bytes);
    }
    int status = connection.getResponseCode();
    if (status >= FIRST_ERROR) {
      throw Refusal.of(status, connection.getHeaderField("Retry-After"), error(connection));
    }
    try (InputStream stream = connection.getInputStream();
        JsonReader reader =
            new SelectiveReader(
                new InputStreamReader(
                    attempt.reading(stream, announced(connection), longestAnswer),
                    StandardCharsets.UTF_8),
                unread)) {
      reader.setStrictness(Strictness.STRICT);
      JsonElement answer = JsonParser.parseReader(reader);
      // Read to its end, a connection can be used again.
      if (reader.peek() != JsonToken.END_DOCUMENT) {
        throw new UnreadableAnswer("the answer has something after its JSON");
      }
      return answer;
    } catch (JsonParseException e) {
      // Gson wraps what has nothing to do with JSON, lack of memory included.
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      if (e instanceof JsonIOException && e.getCause() instanceof IOException failure) {
        throw failure;
      }
      if (e.getCause() instanceof EOFException) {
        // Where no length was announced, the end of the connection is that of the answer.
        throw new IOException("the connection ended in the middle of the answer", e);
      }
      throw new UnreadableAnswer("the answer is no JSON: " + e.getMessage(), e);
    } catch (MalformedJsonException e) {
      throw new UnreadableAnswer("the answer has something after its JSON", e);
    }
  }

  private HttpURLConnection request(Attempt attempt, String path, byte @Nullable [] body)
      throws IOException {
    Map<String, List<String>> headers = authorization.headers(attempt.readMillis());
    HttpURLConnection connection = attempt.open(endpoint.resolve(path).toURL());
    connection.setInstanceFollowRedirects(false);
    connection.setUseCaches(false);
    for (Map.Entry<String, List<String>> header : headers.entrySet()) {
      for (String value : header.getValue()) {
        connection.addRequestProperty(header.getKey(), value);
      }
    }
    connection.setRequestProperty("User-Agent", "whatsit");
    connection.setRequestProperty("Accept", "application/json");
    if (body != null) {
      connection.setRequestMethod("POST");
      connection.setDoOutput(true);
      connection.setRequestProperty("Content-Type", "application/json; charset=utf-8");
      // Of a known length, the JDK sends it once: by itself it would post again when an answer
      // does not come.
      connection.setFixedLengthStreamingMode(body.length);
      try (OutputStream stream = connection.getOutputStream()) {
        // It may have taken long to find the host.
        attempt.requireTime();
        stream.write(body);
      }
    }
    return connection;
  }

  /** Bytes, or less than 0: in chunks, whose end shows, a length counts for nothing (RFC 9112). */
  private static long announced(HttpURLConnection connection) {
    return connection.getHeaderField("Transfer-Encoding") == null
        ? connection.getContentLengthLong()
        : -1;
  }

  private static String error(HttpURLConnection connection) throws IOException {
    try (InputStream stream = connection.getErrorStream()) {
      return stream == null
          ? ""
          : new String(stream.readNBytes(LONGEST_ERROR), StandardCharsets.UTF_8);
    }
  }
}
