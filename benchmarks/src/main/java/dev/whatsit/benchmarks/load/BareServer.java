package dev.whatsit.benchmarks.load;

import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * The lower bound of the system over HTTP: Jetty with one handler. A POST is read and hashed, and
 * under {@code /new} stored as {@link UploadFloor} does; the response is as long as an image
 * resource.
 */
final class BareServer extends Handler.Abstract {
  private static final byte[] RESOURCE = "x".repeat(700).getBytes(StandardCharsets.US_ASCII);

  private final UploadFloor floor;

  private BareServer(UploadFloor floor) {
    this.floor = floor;
  }

  /**
   * Serves on a free port until the process is stopped; prints its address as the system does.
   *
   * @param arguments the folder to store in
   */
  public static void main(String[] arguments) throws Exception {
    UploadFloor floor = new UploadFloor(Path.of(arguments[0]));
    Server server = new Server(new QueuedThreadPool(1024));
    ServerConnector connector = new ServerConnector(server);
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    server.setHandler(new BareServer(floor));
    server.start();
    System.out.println("Whatsit listens on http://127.0.0.1:" + connector.getLocalPort());
    server.join();
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    if (request.getMethod().equals("POST")) {
      byte[] bytes;
      try (InputStream in = Content.Source.asInputStream(request)) {
        bytes = in.readAllBytes();
      }
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
      if (request.getHttpURI().getPath().equals("/new")) {
        floor.store(HexFormat.of().formatHex(hash), ByteBuffer.wrap(bytes));
      }
    }
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
    response.getHeaders().put(HttpHeader.CONTENT_LENGTH, RESOURCE.length);
    response.write(true, ByteBuffer.wrap(RESOURCE), callback);
    return true;
  }
}
