package dev.whatsit.storage.gcs;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.function.Supplier;
import javax.net.ssl.SSLSocketFactory;

/**
 * Creates TLS sockets that can be closed while another thread is writing to them. Thread-safe.
 *
 * <p>Closing a TLS socket first sends an alert, which waits for the writing thread: for ever, or,
 * if the socket has SO_LINGER, at most that long ({@code sun.security.ssl.SSLSocketImpl}). So these
 * sockets linger for 0 s.
 */
final class LingeringSockets extends SSLSocketFactory {
  private final Supplier<SSLSocketFactory> sockets;

  /**
   * Creates a factory.
   *
   * @param sockets called when a connection is opened, not before
   */
  LingeringSockets(Supplier<SSLSocketFactory> sockets) {
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
    return lingering(sockets.get().createSocket());
  }

  @Override
  public Socket createSocket(Socket socket, String host, int port, boolean autoClose)
      throws IOException {
    return lingering(sockets.get().createSocket(socket, host, port, autoClose));
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    return lingering(sockets.get().createSocket(host, port));
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort)
      throws IOException {
    return lingering(sockets.get().createSocket(host, port, localHost, localPort));
  }

  @Override
  public Socket createSocket(InetAddress host, int port) throws IOException {
    return lingering(sockets.get().createSocket(host, port));
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort)
      throws IOException {
    return lingering(sockets.get().createSocket(host, port, localHost, localPort));
  }

  private static Socket lingering(Socket socket) throws IOException {
    socket.setSoLinger(true, 0);
    return socket;
  }
}
