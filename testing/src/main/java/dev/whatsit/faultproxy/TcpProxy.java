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
 * Forwards connections from one port of the loopback interface to another one. It can close
 * connections, refuse new ones, and accept new ones without ever reading from or writing to them.
 * Thread-safe.
 */
public final class TcpProxy implements AutoCloseable {
  /**
   * Ports below the ephemeral range of any system. While this proxy refuses connections, its port
   * is free, and the system must not assign it to another server.
   */
  private static final int MIN_PORT = 10_000;

  private static final int MAX_PORT = 15_999;
  private static final int BACKLOG = 50;

  /** Starts at a random port, because another process may do the same. */
  private static final AtomicInteger NEXT =
      new AtomicInteger(ThreadLocalRandom.current().nextInt(MAX_PORT - MIN_PORT));

  private final int target;
  private final int port;

  /** Both ends of each connection, by the source port that the target sees. */
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

  /** Closes every connection and refuses new ones until {@link #restore()}. */
  public synchronized void refuse() {
    try {
      server.close();
      // The port is not free until the acceptor thread has ended.
      acceptor.join(TimeUnit.MINUTES.toMillis(1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    dropAll();
  }

  /**
   * Closes every connection. Until {@link #restore()}, new connections are accepted, but nothing is
   * read from or written to them.
   */
  public synchronized void stall() {
    stalls = true;
    dropAll();
  }

  /** Closes the stalled connections, and forwards new ones again. */
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
            // Otherwise small responses wait for the acknowledgement of earlier packets.
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
        // Use each port once, so that a proxy that refuses connections finds its port still free.
        return listen(MIN_PORT + NEXT.getAndIncrement() % ports);
      } catch (BindException e) {
        taken = e;
      }
    }
    throw taken;
  }

  /**
   * Retries, because a child process that another thread is starting briefly inherits all open
   * sockets. For that time a port that was closed here is still in use.
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
                // Closing a connection or the port ends the thread.
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
