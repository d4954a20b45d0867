package dev.whatsit.faultproxy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A port of the loopback interface that forwards bytes to another one. It can close connections,
 * refuse new ones, and accept new ones without ever reading from or writing to them. Thread-safe.
 */
public final class TcpProxy implements AutoCloseable {
  /**
   * Ports below those that any system hands out by itself: while this refuses, its port is free,
   * and another server must not be given it.
   */
  private static final int MIN_PORT = 10_000;

  private static final int MAX_PORT = 15_999;
  private static final int BACKLOG = 50;

  /** Begins anywhere, for another process may do the same. */
  private static final AtomicInteger NEXT =
      new AtomicInteger(ThreadLocalRandom.current().nextInt(MAX_PORT - MIN_PORT));

  private final int target;
  private final int port;

  /** Both ends of each connection, by the port from which the target sees it come. */
  private final Map<Integer, Socket[]> connections = new ConcurrentHashMap<>();

  private final AtomicInteger forwarded = new AtomicInteger();
  private final Set<Socket> stalled = ConcurrentHashMap.newKeySet();

  private ServerSocket server;
  private Thread acceptor;
  private boolean closed;
  private volatile boolean stalls;

  private TcpProxy(int target) throws IOException {
    this.target = target;
    this.server = listenSomewhere();
    this.port = server.getLocalPort();
    this.acceptor = accept(server);
  }

  /**
   * Starts a proxy to a port of the loopback interface.
   *
   * @throws IOException if no port can be listened on
   */
  public static TcpProxy to(int target) throws IOException {
    return new TcpProxy(target);
  }

  /** Where clients connect to, as {@code host:port}. */
  public String hostPort() {
    return "127.0.0.1:" + port;
  }

  /** Closes the connection that the target sees come from this port, if there is one. */
  public void drop(int from) {
    Socket[] ends = connections.remove(from);
    if (ends != null) {
      close(ends[0]);
      close(ends[1]);
    }
  }

  /** Closes every connection; new ones are forwarded. */
  public void dropAll() {
    connections.keySet().forEach(this::drop);
  }

  /** The number of connections that were forwarded so far. */
  public int forwarded() {
    return forwarded.get();
  }

  /** Closes every connection and refuses new ones until {@link #restore()}. */
  public synchronized void refuse() {
    try {
      server.close();
      // Only when no thread waits at it is its port free.
      acceptor.join(TimeUnit.MINUTES.toMillis(1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    dropAll();
  }

  /**
   * Closes every connection; until {@link #restore()} new ones are accepted, and nothing is ever
   * read from or written to them.
   */
  public synchronized void stall() {
    stalls = true;
    dropAll();
  }

  /** Closes the connections that stall, and forwards new ones again. */
  public synchronized void restore() {
    stalls = false;
    stalled.forEach(TcpProxy::close);
    stalled.clear();
    if (closed || !server.isClosed()) {
      return;
    }
    try {
      server = listenAgain();
      acceptor = accept(server);
    } catch (IOException e) {
      throw new UncheckedIOException("port " + port + " was taken meanwhile", e);
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    refuse();
    stalled.forEach(TcpProxy::close);
  }

  private Thread accept(ServerSocket listening) {
    return start(
        () -> {
          while (true) {
            Socket in = listening.accept();
            if (stalls) {
              stalled.add(in);
              continue;
            }
            Socket out;
            try {
              out = new Socket(InetAddress.getLoopbackAddress(), target);
            } catch (IOException e) {
              close(in);
              continue;
            }
            // Else small responses wait for the acknowledgement of what went before.
            in.setTcpNoDelay(true);
            out.setTcpNoDelay(true);
            int from = out.getLocalPort();
            forwarded.incrementAndGet();
            connections.put(from, new Socket[] {in, out});
            start(() -> pump(from, in.getInputStream(), out.getOutputStream()));
            start(() -> pump(from, out.getInputStream(), in.getOutputStream()));
            if (listening.isClosed() || stalls) {
              drop(from);
            }
          }
        });
  }

  private static ServerSocket listenSomewhere() throws IOException {
    BindException taken = new BindException();
    int ports = MAX_PORT - MIN_PORT + 1;
    for (int i = 0; i < ports; i++) {
      try {
        // Each port once, so that a proxy which refuses finds its own still free.
        return listen(MIN_PORT + NEXT.getAndIncrement() % ports);
      } catch (BindException e) {
        taken = e;
      }
    }
    throw taken;
  }

  /**
   * A process that another thread is about to start has, for a moment, all that is open here, and a
   * port that was closed here is taken as long.
   */
  private ServerSocket listenAgain() throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (true) {
      try {
        return listen(port);
      } catch (BindException e) {
        if (System.nanoTime() > end) {
          throw e;
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
      }
    }
  }

  private static ServerSocket listen(int port) throws IOException {
    ServerSocket listening = new ServerSocket();
    try {
      listening.setReuseAddress(true);
      listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), BACKLOG);
      return listening;
    } catch (IOException e) {
      listening.close();
      throw e;
    }
  }

  private void pump(int from, InputStream in, OutputStream out) throws IOException {
    try {
      in.transferTo(out);
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

  private static Thread start(Task task) {
    Thread thread =
        new Thread(
            () -> {
              try {
                task.run();
              } catch (IOException e) {
                // A connection or the port was closed, which is what this is for.
              }
            },
            "tcp-proxy");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private interface Task {
    void run() throws IOException;
  }
}
