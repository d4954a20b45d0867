package dev.whatsit.faults;

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
 * A port of this machine that passes bytes on to another. It can end a connection in the middle of
 * anything, refuse connections, and take those that come without ever a word. Safe for use by
 * several threads.
 */
final class Relay implements AutoCloseable {
  /**
   * Ports below those that any system hands out by itself: while this refuses, its port is free,
   * and another server must not be given it.
   */
  private static final int FIRST_PORT = 10_000;

  private static final int LAST_PORT = 15_999;
  private static final int BACKLOG = 50;

  /** Begins anywhere, for another process may do the same. */
  private static final AtomicInteger NEXT =
      new AtomicInteger(ThreadLocalRandom.current().nextInt(LAST_PORT - FIRST_PORT));

  private final int target;
  private final int port;

  /** Both ends of each connection, by the port from which the target sees it come. */
  private final Map<Integer, Socket[]> connections = new ConcurrentHashMap<>();

  /** Those that are taken and never answered. */
  private final Set<Socket> swallowed = ConcurrentHashMap.newKeySet();

  private ServerSocket server;
  private Thread acceptor;
  private boolean closed;
  private volatile boolean swallows;

  /** A relay to a port of this machine. */
  Relay(int target) throws IOException {
    this.target = target;
    this.server = listenSomewhere();
    this.port = server.getLocalPort();
    this.acceptor = accept(server);
  }

  /** As settings name it. */
  String hostPort() {
    return "127.0.0.1:" + port;
  }

  /** Ends the connection that the target sees come from this port. */
  void cut(int from) {
    Socket[] ends = connections.remove(from);
    if (ends != null) {
      close(ends[0]);
      close(ends[1]);
    }
  }

  /** Ends every connection, and refuses new ones. */
  synchronized void refuse() {
    try {
      server.close();
      // Only when no thread waits at it is its port free.
      acceptor.join(TimeUnit.MINUTES.toMillis(1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    connections.keySet().forEach(this::cut);
  }

  /** Ends every connection, and takes new ones without ever reading or writing. */
  synchronized void swallow() {
    swallows = true;
    connections.keySet().forEach(this::cut);
  }

  /** Passes on what comes again. */
  synchronized void serve() {
    swallows = false;
    swallowed.forEach(Relay::close);
    swallowed.clear();
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
    swallowed.forEach(Relay::close);
  }

  private Thread accept(ServerSocket listening) {
    return start(
        () -> {
          while (true) {
            Socket in = listening.accept();
            if (swallows) {
              swallowed.add(in);
              continue;
            }
            Socket out;
            try {
              out = new Socket(InetAddress.getLoopbackAddress(), target);
            } catch (IOException e) {
              close(in);
              continue;
            }
            // Else small answers wait for the acknowledgement of what went before.
            in.setTcpNoDelay(true);
            out.setTcpNoDelay(true);
            int from = out.getLocalPort();
            connections.put(from, new Socket[] {in, out});
            start(() -> pump(from, in.getInputStream(), out.getOutputStream()));
            start(() -> pump(from, out.getInputStream(), in.getOutputStream()));
            if (listening.isClosed() || swallows) {
              cut(from);
            }
          }
        });
  }

  private static ServerSocket listenSomewhere() throws IOException {
    BindException taken = new BindException();
    int ports = LAST_PORT - FIRST_PORT + 1;
    for (int i = 0; i < ports; i++) {
      try {
        // Each port once, so that a relay which refuses finds its own still free.
        return listen(FIRST_PORT + NEXT.getAndIncrement() % ports);
      } catch (BindException e) {
        taken = e;
      }
    }
    throw taken;
  }

  /**
   * A process that some other thread is about to start has, for a moment, all that is open here,
   * and a port that was closed here is taken as long.
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
      cut(from);
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
                // Cut, refused or closed: what this is for.
              }
            },
            "relay");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private interface Task {
    void run() throws IOException;
  }
}
