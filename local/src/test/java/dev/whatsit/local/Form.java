package dev.whatsit.local;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.net.http.HttpRequest.BodyPublishers;

/** The body of a multipart request. */
final class Form {
  static final String TYPE = "multipart/form-data; boundary=edge";

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  Form field(String name, String value) {
    return part("name=\"" + name + "\"\r\n", value.getBytes(UTF_8));
  }

  Form file(String name, byte[] content) {
    return part(
        "name=\"" + name + "\"; filename=\"photo\"\r\nContent-Type: image/png\r\n", content);
  }

  private Form part(String header, byte[] content) {
    out.writeBytes(
        ("--edge\r\nContent-Disposition: form-data; " + header + "\r\n").getBytes(UTF_8));
    out.writeBytes(content);
    out.writeBytes("\r\n".getBytes(UTF_8));
    return this;
  }

  /** The parts and the closing delimiter. */
  byte[] bytes() {
    return (out.toString(ISO_8859_1) + "--edge--\r\n").getBytes(ISO_8859_1);
  }

  Response submit(Client client, String query) throws Exception {
    return client.send(
        "POST", "/v1/images" + query, BodyPublishers.ofByteArray(bytes()), "Content-Type", TYPE);
  }
}
