package dev.whatsit.storage.gcs;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A server that is slow in ways that no HTTP server supports. */
final class SlowServer implements AutoCloseable {
  private final ServerSocket server;
  private final Behaviour behaviour;
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final CountDownLatch connected = new CountDownLatch(1);
  private final List<Socket> accepted = new CopyOnWriteArrayList<>();

  /** Handles a connection. */
  @FunctionalInterface
  interface Behaviour {
    void serve(SlowServer server, Socket connection) throws Exception;
  }

  private SlowServer(ServerSocket server, Behaviour behaviour) {
    this.server = server;
    this.behaviour = behaviour;
  }

  static SlowServer start(Behaviour behaviour) throws IOException {
    return start(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), behaviour);
  }

  static SlowServer start(ServerSocket socket, Behaviour behaviour) {
    SlowServer server = new SlowServer(socket, behaviour);
    daemon(server::accept);
    return server;
  }

  /** Reads the first byte of a request and nothing more. */
  static Behaviour reads1Byte() {
    return (server, connection) -> connection.getInputStream().read();
  }

  /** Sends the beginning of a response, then one of these letters every 20 ms. */
  static Behaviour drips(String begin) {
    return (server, connection) -> {
      server.readHead(connection.getInputStream());
      OutputStream out = connection.getOutputStream();
      out.write(begin.getBytes(StandardCharsets.ISO_8859_1));
      while (!server.stopped.await(20, TimeUnit.MILLISECONDS)) {
        out.write(' ');
        out.flush();
      }
    };
  }

  /** Sends this response and closes the connection. */
  static Behaviour sends(String response) {
    return (server, connection) -> {
      server.readHead(connection.getInputStream());
      connection.getOutputStream().write(response.getBytes(StandardCharsets.ISO_8859_1));
      connection.close();
    };
  }

  int port() {
    return server.getLocalPort();
  }

  URI endpoint() {
    return URI.create("http://127.0.0.1:" + port());
  }

  /** Waits until a client has connected. */
  void awaitConnection() throws InterruptedException {
    if (!connected.await(1, TimeUnit.MINUTES)) {
      throw new AssertionError("no client has connected");
    }
  }

  /** Waits until the client has closed all connections. Reads nothing from them. */
  void awaitAllClosed() throws InterruptedException {
    awaitConnection();
    for (Socket connection : accepted) {
      long begun = System.nanoTime();
      while (isOpen(connection)) {
        if (System.nanoTime() - begun > TimeUnit.MINUTES.toNanos(1)) {
          throw new AssertionError("a connection is still open");
        }
        stopped.await(20, TimeUnit.MILLISECONDS);
      }
    }
  }

  /**
   * Whether the connection can be written to. Only after some writes does this detect a closed
   * connection.
   */
  private static boolean isOpen(Socket connection) {
    try {
      connection.getOutputStream().write(' ');
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public void close() throws IOException {
    stopped.countDown();
    server.close();
    for (Socket connection : accepted) {
      connection.close();
    }
  }

  private void accept() {
    try {
      while (true) {
        Socket connection = server.accept();
        daemon(
            () -> {
              try {
                accepted.add(connection);
                connected.countDown();
                behaviour.serve(this, connection);
              } catch (Exception e) {
                // The end of the connection, or of the test.
              }
            });
      }
    } catch (IOException e) {
      // The end of the test.
    }
  }

  private void readHead(InputStream in) throws IOException {
    int matched = 0;
    while (matched < 4) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("no request");
      }
      matched = next == "\r\n\r\n".charAt(matched) ? matched + 1 : next == '\r' ? 1 : 0;
    }
  }

  private static void daemon(Runnable task) {
    Thread thread = new Thread(task, "slow-server");
    thread.setDaemon(true);
    thread.start();
  }
}
