package dev.whatsit.transcoding;

import com.google.api.AnnotationsProto;
import com.google.api.HttpRule;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import com.google.protobuf.util.JsonFormat;
import com.google.rpc.Code;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A method of one of Google's services, offered on a port of the loopback as Google offers it over
 * HTTP/JSON: its path is the one in the method's own definition, and a request with a name or a
 * value that the definition does not have is refused. So whoever is understood here writes what the
 * service reads. Safe for use by several threads.
 *
 * @param <Q> its request
 * @param <A> its answer
 * @see <a href="https://google.aip.dev/127">HTTP and gRPC transcoding</a>
 */
public final class TranscodedMethod<Q extends Message, A extends Message> implements AutoCloseable {
  /** A variable of a path, with the segments that it takes: {@code {parent=projects/*}}. */
  private static final Pattern VARIABLE = Pattern.compile("\\{(\\w+)(?:=([^}]*))?}");

  private static final String SEGMENT = "[^/]+";

  static {
    // Else each answer waits for the acknowledgement of its own headers, up to 40 ms. The JDK reads
    // this once, when its first server is made.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  private final MethodDescriptor method;
  private final Parser<Q> requests;
  private final Action<Q, A> action;
  private final List<String> variables = new ArrayList<>();
  private final Pattern path;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();

  /**
   * What the method does.
   *
   * @param <Q> its request
   * @param <A> its answer
   */
  @FunctionalInterface
  public interface Action<Q, A> {
    /**
     * Does it.
     *
     * @throws CallRefused to answer with an error
     * @throws ForeignAnswer to answer as the service would not
     * @throws IOException to end the connection without an answer
     * @throws InterruptedException for who waits until this is closed
     */
    A answer(Q request) throws CallRefused, ForeignAnswer, IOException, InterruptedException;
  }

  /**
   * Serves a method, from now on.
   *
   * @param file what defines it
   * @param service its name in the file
   * @param name of a method whose definition has a path to post to, with the whole request as the
   *     body
   * @param requests what reads its requests
   */
  public TranscodedMethod(
      FileDescriptor file, String service, String name, Parser<Q> requests, Action<Q, A> action)
      throws IOException {
    this.method = file.findServiceByName(service).findMethodByName(name);
    HttpRule rule = method.getOptions().getExtension(AnnotationsProto.http);
    if (rule.getPost().isEmpty() || !rule.getBody().equals("*")) {
      throw new IllegalArgumentException(method.getFullName() + " is not posted to: " + rule);
    }
    this.requests = requests;
    this.action = action;
    this.path = path(rule.getPost(), variables);
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  private void handle(HttpExchange exchange) throws IOException {
    // Closed before its answer, a connection ends without one.
    try (exchange) {
      String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      try {
        A answer = action.answer(request(exchange, body));
        answer(exchange, 200, JsonFormat.printer().print(answer));
      } catch (CallRefused e) {
        answer(exchange, e.httpStatus(), e.json());
      } catch (ForeignAnswer e) {
        if (e.retryAfter() != null) {
          exchange.getResponseHeaders().set("Retry-After", e.retryAfter());
        }
        answer(exchange, e.httpStatus(), e.body());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Q request(HttpExchange exchange, String body) throws CallRefused, IOException {
    URI uri = exchange.getRequestURI();
    Matcher matcher = path.matcher(uri.getPath());
    if (!exchange.getRequestMethod().equals("POST")
        || !matcher.matches()
        || uri.getQuery() != null) {
      throw new CallRefused(Code.NOT_FOUND, "no method: " + uri);
    }
    DynamicMessage.Builder request = DynamicMessage.newBuilder(method.getInputType());
    try {
      JsonFormat.parser().merge(body, request);
    } catch (InvalidProtocolBufferException e) {
      throw new CallRefused(Code.INVALID_ARGUMENT, "Invalid JSON payload: " + e.getMessage());
    }
    for (int i = 0; i < variables.size(); i++) {
      request.setField(
          method.getInputType().findFieldByName(variables.get(i)), matcher.group(i + 1));
    }
    return requests.parseFrom(request.build().toByteString());
  }

  private static Pattern path(String template, List<String> variables) {
    StringBuilder pattern = new StringBuilder();
    Matcher matcher = VARIABLE.matcher(template);
    int end = 0;
    while (matcher.find()) {
      variables.add(matcher.group(1));
      String segments = matcher.group(2) == null ? "*" : matcher.group(2);
      pattern
          .append(Pattern.quote(template.substring(end, matcher.start())))
          .append('(')
          .append(segments.replace("*", SEGMENT))
          .append(')');
      end = matcher.end();
    }
    return Pattern.compile(pattern + Pattern.quote(template.substring(end)));
  }

  private static void answer(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json; charset=UTF-8");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  /** Where it is, {@code host:port}. */
  public String hostPort() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  /** Ends the calls under way too. */
  @Override
  public void close() {
    threads.shutdownNow();
    server.stop(0);
  }
}
