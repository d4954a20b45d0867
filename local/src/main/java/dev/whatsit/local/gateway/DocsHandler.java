package dev.whatsit.local.gateway;

import dev.whatsit.http.Problems;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Properties;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Serves the API documentation: Swagger UI from its jar, without network access. */
final class DocsHandler {
  private static final String WEBJAR = "/META-INF/resources/webjars/swagger-ui/";
  private static final String WEBJAR_POM = "/META-INF/maven/org.webjars/swagger-ui/pom.properties";

  /** Exact file names, so that a request cannot read other class path resources. */
  private static final Map<String, String> FROM_WEBJAR =
      Map.of(
          "swagger-ui.css", "text/css; charset=utf-8",
          "swagger-ui-bundle.js", "text/javascript; charset=utf-8",
          "favicon-32x32.png", "image/png");

  private static final String PAGE =
      """
      <!DOCTYPE html>
      <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Whatsit</title>
        <link rel="stylesheet" href="/docs/swagger-ui.css">
        <link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
      </head>
      <body>
        <div id="swagger-ui"></div>
        <script src="/docs/swagger-ui-bundle.js"></script>
        <script src="/docs/start.js"></script>
      </body>
      </html>
      """;

  private static final String START =
      """
      window.ui = SwaggerUIBundle({
        url: "/openapi.yaml",
        dom_id: "#swagger-ui",
        deepLinking: true,
        validatorUrl: null,
      });
      """;

  private final String folder = WEBJAR + version() + "/";

  void page(Request request, Response response, Callback callback) {
    // Swagger UI sets inline styles and uses data: URLs for icons; it loads nothing from elsewhere.
    response
        .getHeaders()
        .put(
            "Content-Security-Policy",
            "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:;"
                + " frame-ancestors 'none'");
    Replies.text(request, response, callback, "text/html; charset=utf-8", PAGE);
  }

  void file(Request request, Response response, Callback callback, String name) {
    if (name.equals("start.js")) {
      Replies.text(request, response, callback, "text/javascript; charset=utf-8", START);
      return;
    }
    String contentType = FROM_WEBJAR.get(name);
    if (contentType == null) {
      Replies.problem(request, response, callback, Problems.notFound());
      return;
    }
    response.getHeaders().put(HttpHeader.CACHE_CONTROL, "public, max-age=3600");
    Replies.bytes(request, response, callback, 200, contentType, read(folder + name));
  }

  private static String version() {
    Properties pom = new Properties();
    try (InputStream in = open(WEBJAR_POM)) {
      pom.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + WEBJAR_POM, e);
    }
    return pom.getProperty("version");
  }

  private static byte[] read(String resource) {
    try (InputStream in = open(resource)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + resource, e);
    }
  }

  private static InputStream open(String resource) {
    InputStream in = DocsHandler.class.getResourceAsStream(resource);
    if (in == null) {
      throw new IllegalStateException(resource + " is not on the class path");
    }
    return in;
  }
}
