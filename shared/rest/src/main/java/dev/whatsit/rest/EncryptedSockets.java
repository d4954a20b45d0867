package dev.whatsit.rest;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.function.Supplier;
import javax.net.ssl.SSLSocketFactory;

/**
 * Encrypted sockets that can be closed while another thread is writing to them.
 *
 * <p>To close such a socket is to say goodbye first, which waits for the writer: for ever, unless
 * the socket lingers, and then no longer than that ({@code sun.security.ssl.SSLSocketImpl}). So
 * these linger for 0 s. One object for all connections, since the JDK shares only those of the same
 * factory. Safe for use by several threads.
 */
final class EncryptedSockets extends SSLSocketFactory {
  private final Supplier<SSLSocketFactory> sockets;

  /**
   * Sockets.
   *
   * @param sockets asked when a connection is opened, not before
   */
  EncryptedSockets(Supplier<SSLSocketFactory> sockets) {
    this.sockets = sockets;
  }

  @Override
  public String[] getDefaultCipherSuites() {
    return sockets.get().getDefaultCipherSuites();
  }

  @Override
  public String[] getSupportedCipherSuites() {
    return sockets.get().getSupportedCipherSuites();
  }

  @Override
  public Socket createSocket() throws IOException {
    return closable(sockets.get().createSocket());
  }

  @Override
  public Socket createSocket(Socket socket, String host, int port, boolean autoClose)
      throws IOException {
    return closable(sockets.get().createSocket(socket, host, port, autoClose));
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    return closable(sockets.get().createSocket(host, port));
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort)
      throws IOException {
    return closable(sockets.get().createSocket(host, port, localHost, localPort));
  }

  @Override
  public Socket createSocket(InetAddress host, int port) throws IOException {
    return closable(sockets.get().createSocket(host, port));
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort)
      throws IOException {
    return closable(sockets.get().createSocket(host, port, localHost, localPort));
  }

  private static Socket closable(Socket socket) throws IOException {
    socket.setSoLinger(true, 0);
    return socket;
  }
}
