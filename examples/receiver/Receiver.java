import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Receives callbacks of Whatsit and verifies their signatures (Standard Webhooks 1.0), in one file:
 *
 * <pre>java examples/receiver/Receiver.java 9000 whsec_…</pre>
 *
 * What a receiver must do: take the body as bytes, verify before reading it, refuse old timestamps,
 * know a {@code webhook-id} that it has had, and answer 2xx soon.
 */
public final class Receiver implements AutoCloseable {
  private static final Duration TOLERANCE = Duration.ofMinutes(5);
  private static final int MAX_BYTES = 64 * 1024;

  private final HttpServer server;
  private final byte[] key;
  private final PrintStream out;

  /** A service of some size keeps these in its database, for a week. */
  private final Set<String> known = ConcurrentHashMap.newKeySet();

  private Receiver(HttpServer server, byte[] key, PrintStream out) {
    this.server = server;
    this.key = key;
    this.out = out;
  }

  public static void main(String[] arguments) throws IOException {
    if (arguments.length != 2 || !arguments[1].startsWith("whsec_")) {
      System.err.println("usage: java Receiver.java PORT whsec_SECRET");
      System.exit(2);
    }
    Receiver receiver = start(Integer.parseInt(arguments[0]), arguments[1], System.out);
    System.out.println("receiving at http://localhost:" + receiver.port() + "/");
  }

  /** Receives on a port of this machine, 0 for any; tells of each message in one line. */
  public static Receiver start(int port, String secret, PrintStream out) throws IOException {
    byte[] key = Base64.getDecoder().decode(secret.substring("whsec_".length()));
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    Receiver receiver = new Receiver(server, key, out);
    server.createContext("/", receiver::receive);
    server.setExecutor(Executors.newCachedThreadPool());
    server.start();
    return receiver;
  }

  public int port() {
    return server.getAddress().getPort();
  }

  private void receive(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readNBytes(MAX_BYTES);
      String id = header(exchange, "webhook-id");
      if (!exchange.getRequestMethod().equals("POST") || !isGenuine(exchange, id, body)) {
        out.println("refused " + id);
        exchange.sendResponseHeaders(401, -1);
        return;
      }
      String word = known.add(id) ? "received " : "received again ";
      out.println(word + id + " " + new String(body, StandardCharsets.UTF_8));
      exchange.sendResponseHeaders(204, -1);
    }
  }

  private boolean isGenuine(HttpExchange exchange, String id, byte[] body) {
    String timestamp = header(exchange, "webhook-timestamp");
    if (!timestamp.matches("[0-9]{1,11}")) {
      return false;
    }
    Duration age =
        Duration.between(Instant.ofEpochSecond(Long.parseLong(timestamp)), Instant.now()).abs();
    if (age.compareTo(TOLERANCE) > 0) {
      return false;
    }
    byte[] expected = sign(id + "." + timestamp + ".", body);
    for (String signature : header(exchange, "webhook-signature").split(" ")) {
      // Several when the secret is being changed; versions that are not known are passed over.
      if (signature.startsWith("v1,")
          && MessageDigest.isEqual(
              expected, signature.substring(3).getBytes(StandardCharsets.US_ASCII))) {
        return true;
      }
    }
    return false;
  }

  private byte[] sign(String head, byte[] body) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      mac.update(head.getBytes(StandardCharsets.UTF_8));
      return Base64.getEncoder().encode(mac.doFinal(body));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String header(HttpExchange exchange, String name) {
    String value = exchange.getRequestHeaders().getFirst(name);
    return value == null ? "" : value;
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
