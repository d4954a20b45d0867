package dev.whatsit.outbound;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ServerSocketFactory;

/** A server on one loopback address that sends exactly the bytes that a test gives. */
final class Server implements AutoCloseable {
  private final ServerSocket listening;
  private final Script script;
  private final List<Socket> accepted = new CopyOnWriteArrayList<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();

  /** Responds on one connection, after its request was read. */
  interface Script {
    void answer(String request, OutputStream out) throws IOException;
  }

  private Server(ServerSocket listening, Script script) {
    this.listening = listening;
    this.script = script;
    Thread acceptor = new Thread(this::accept, "test-server");
    acceptor.setDaemon(true);
    acceptor.start();
  }

  static Server on(String address, Script script) throws IOException {
    return on(address, ServerSocketFactory.getDefault(), script);
  }

  static Server on(String address, ServerSocketFactory sockets, Script script) throws IOException {
    return new Server(sockets.createServerSocket(0, 50, InetAddress.getByName(address)), script);
  }

  /** A server on the port of another one, at another address. */
  static Server beside(Server other, String address, Script script) throws IOException {
    return new Server(new ServerSocket(other.port(), 50, InetAddress.getByName(address)), script);
  }

  static Script saying(String... lines) {
    byte[] bytes = String.join("\r\n", lines).getBytes(StandardCharsets.ISO_8859_1);
    return (request, out) -> out.write(bytes);
  }

  int port() {
    return listening.getLocalPort();
  }

  /** The requests as received, header and body. */
  List<String> requests() {
    return requests;
  }

  int connections() {
    return accepted.size();
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = listening.accept();
        accepted.add(socket);
        Thread worker = new Thread(() -> serve(socket), "test-connection");
        worker.setDaemon(true);
        worker.start();
      }
    } catch (IOException e) {
      // The test has closed the server.
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      String request = read(socket.getInputStream());
      requests.add(request);
      OutputStream out = socket.getOutputStream();
      script.answer(request, out);
      out.flush();
    } catch (IOException e) {
      // The client closed the connection, as some tests expect.
    }
  }

  private static String read(InputStream in) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    while (true) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("no request");
      }
      bytes.write(next);
      String text = bytes.toString(StandardCharsets.ISO_8859_1);
      if (text.endsWith("\r\n\r\n")) {
        int at = text.toLowerCase(Locale.ROOT).indexOf("content-length: ");
        int length =
            at < 0 ? 0 : Integer.parseInt(text.substring(at + 16, text.indexOf("\r\n", at)));
        return text + new String(in.readNBytes(length), StandardCharsets.ISO_8859_1);
      }
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
    for (Socket socket : accepted) {
      socket.close();
    }
  }
}
