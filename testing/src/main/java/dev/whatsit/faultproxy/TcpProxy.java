package dev.whatsit.faultproxy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Forwards connections from a free port of the loopback interface to another port. It can close
 * connections, close new ones at once, and accept new ones without ever reading from or writing to
 * them. Thread-safe.
 */
public final class TcpProxy implements AutoCloseable {
  private enum Mode {
    FORWARDS,
    REFUSES,
    STALLS
  }

  private static final int BACKLOG = 50;

  private final int target;
  private final ServerSocket server;

  /** Both ends of each connection, by the source port that the target sees. */
  private final Map<Integer, Socket[]> connections = new ConcurrentHashMap<>();

  private final AtomicInteger forwarded = new AtomicInteger();
  private final Set<Socket> stalled = ConcurrentHashMap.newKeySet();
  private volatile Mode mode = Mode.FORWARDS;

  private TcpProxy(int target) throws IOException {
    this.target = target;
    this.server = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
  }

  /**
   * Starts a proxy to a port of the loopback interface.
   *
   * @throws IOException if no port can be listened on
   */
  public static TcpProxy to(int target) throws IOException {
    TcpProxy proxy = new TcpProxy(target);
    start(proxy::accept);
    return proxy;
  }

  /** Where clients connect to, as {@code host:port}. */
  public String hostPort() {
    return "127.0.0.1:" + server.getLocalPort();
  }

  /** Closes the connection with this source port, as the target sees it, if there is one. */
  public void drop(int from) {
    Socket[] ends = connections.remove(from);
    if (ends != null) {
      close(ends[0]);
      close(ends[1]);
    }
  }

  /** Closes every connection. New ones are still accepted. */
  public void dropAll() {
    connections.keySet().forEach(this::drop);
  }

  /** The number of connections that were forwarded so far. */
  public int forwarded() {
    return forwarded.get();
  }

  /** Closes every connection, and each new one at once until {@link #restore()}. */
  public void refuse() {
    mode = Mode.REFUSES;
    dropAll();
  }

  /**
   * Closes every connection. Until {@link #restore()}, new connections are accepted, but nothing is
   * read from or written to them.
   */
  public void stall() {
    mode = Mode.STALLS;
    dropAll();
  }

  /** Closes the stalled connections, and forwards new ones again. */
  public void restore() {
    mode = Mode.FORWARDS;
    stalled.forEach(TcpProxy::close);
    stalled.clear();
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    refuse();
    stalled.forEach(TcpProxy::close);
  }

  private void accept() throws IOException {
    while (true) {
      Socket in = server.accept();
      switch (mode) {
        case REFUSES -> close(in);
        case STALLS -> stalled.add(in);
        case FORWARDS -> forward(in);
      }
    }
  }

  private void forward(Socket in) {
    try {
      Socket out = new Socket(InetAddress.getLoopbackAddress(), target);
      // Otherwise small responses wait for the acknowledgement of earlier packets.
      in.setTcpNoDelay(true);
      out.setTcpNoDelay(true);
      int from = out.getLocalPort();
      forwarded.incrementAndGet();
      connections.put(from, new Socket[] {in, out});
      start(() -> pump(in, out, from));
      start(() -> pump(out, in, from));
      if (mode != Mode.FORWARDS) {
        drop(from);
      }
    } catch (IOException e) {
      close(in);
    }
  }

  private void pump(Socket in, Socket out, int from) throws IOException {
    try {
      in.getInputStream().transferTo(out.getOutputStream());
    } finally {
      drop(from);
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private interface Task {
    void run() throws IOException;
  }

  private static void start(Task task) {
    Thread thread =
        new Thread(
            () -> {
              try {
                task.run();
              } catch (IOException e) {
                // Closing a connection or the port ends the thread.
              }
            },
            "tcp-proxy");
    thread.setDaemon(true);
    thread.start();
  }
}
