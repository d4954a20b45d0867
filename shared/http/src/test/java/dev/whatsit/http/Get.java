package dev.whatsit.http;

import com.google.cloud.functions.HttpRequest;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Requests with a path, headers, and nothing else. */
final class Get {
  private Get() {}

  static ApiRequest request(String path) {
    return request(path, Map.of());
  }

  static ApiRequest request(String path, Map<String, List<String>> headers) {
    return new ApiRequest(
        (HttpRequest)
            Proxy.newProxyInstance(
                HttpRequest.class.getClassLoader(),
                new Class<?>[] {HttpRequest.class},
                (proxy, method, arguments) ->
                    switch (method.getName()) {
                      case "getMethod" -> "GET";
                      case "getUri" -> path;
                      case "getHeaders" -> headers;
                      case "getQuery" -> Optional.empty();
                      default -> throw new UnsupportedOperationException(method.getName());
                    }));
  }
}
