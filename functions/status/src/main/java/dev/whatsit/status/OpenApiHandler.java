package dev.whatsit.status;

import dev.whatsit.http.ApiRequest;
import dev.whatsit.http.ApiResponse;
import dev.whatsit.http.Routes;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** {@code GET /openapi.yaml}: the OpenAPI description, a resource beside this class. */
final class OpenApiHandler implements Routes.Handler {
  @Override
  public ApiResponse handle(ApiRequest request) {
    try (InputStream in = OpenApiHandler.class.getResourceAsStream("openapi.yaml")) {
      if (in == null) {
        throw new IllegalStateException("openapi.yaml is not beside " + OpenApiHandler.class);
      }
      // RFC 9512 registers the type.
      return ApiResponse.of(200, "application/yaml", in.readAllBytes())
          .with("Cache-Control", "public, max-age=300");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read openapi.yaml", e);
    }
  }
}
