package dev.whatsit.classifier.vision;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** Passes bytes on to a port of this machine, until it cuts every connection. */
final class Relay implements AutoCloseable {
  private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private final AtomicInteger connections = new AtomicInteger();

  Relay(int port) throws IOException {
    start(
        () -> {
          while (true) {
            Socket in = server.accept();
            connections.incrementAndGet();
            Socket out = new Socket(InetAddress.getLoopbackAddress(), port);
            sockets.addAll(List.of(in, out));
            start(() -> in.getInputStream().transferTo(out.getOutputStream()));
            start(() -> out.getInputStream().transferTo(in.getOutputStream()));
          }
        });
  }

  /** How many have connected so far. */
  int connections() {
    return connections.get();
  }

  /** As the setting names it. */
  String endpoint() {
    return "http://127.0.0.1:" + server.getLocalPort();
  }

  /** Cuts what is connected; who connects anew is served. */
  void cut() {
    for (Socket socket : sockets) {
      closeQuietly(socket);
    }
    sockets.clear();
  }

  @Override
  public void close() throws IOException {
    server.close();
    cut();
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void start(Pump pump) {
    Thread thread =
        new Thread(
            () -> {
              try {
                pump.run();
              } catch (IOException e) {
                // Cut, or closed: what this is for.
              }
            },
            "relay");
    thread.setDaemon(true);
    thread.start();
  }

  private interface Pump {
    void run() throws IOException;
  }
}
