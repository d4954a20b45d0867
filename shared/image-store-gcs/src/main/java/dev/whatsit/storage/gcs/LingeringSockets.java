package dev.whatsit.storage.gcs;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLSocketFactory;

/**
 * Creates TLS sockets that can be closed while another thread is writing to them. Thread-safe.
 *
 * <p>Closing a TLS socket first sends an alert, which waits for the writing thread: for ever, or,
 * if the socket has SO_LINGER, at most that long ({@code sun.security.ssl.SSLSocketImpl}). So these
 * sockets linger for 0 s.
 */
final class LingeringSockets extends SSLSocketFactory {
  /** Looked up when a connection is opened, because loading it takes time. */
  private static SSLSocketFactory sockets() {
    return HttpsURLConnection.getDefaultSSLSocketFactory();
  }

  @Override
  public String[] getDefaultCipherSuites() {
    return sockets().getDefaultCipherSuites();
  }

  @Override
  public String[] getSupportedCipherSuites() {
    return sockets().getSupportedCipherSuites();
  }

  @Override
  public Socket createSocket() throws IOException {
    return lingering(sockets().createSocket());
  }

  @Override
  public Socket createSocket(Socket socket, String host, int port, boolean autoClose)
      throws IOException {
    return lingering(sockets().createSocket(socket, host, port, autoClose));
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    return lingering(sockets().createSocket(host, port));
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort)
      throws IOException {
    return lingering(sockets().createSocket(host, port, localHost, localPort));
  }

  @Override
  public Socket createSocket(InetAddress host, int port) throws IOException {
    return lingering(sockets().createSocket(host, port));
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort)
      throws IOException {
    return lingering(sockets().createSocket(host, port, localHost, localPort));
  }

  private static Socket lingering(Socket socket) throws IOException {
    socket.setSoLinger(true, 0);
    return socket;
  }
}
