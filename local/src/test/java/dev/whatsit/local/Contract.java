package dev.whatsit.local;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.openapi.contract.OpenAPIContract;
import io.vertx.openapi.contract.Operation;
import io.vertx.openapi.contract.Path;
import io.vertx.openapi.validation.ResponseValidator;
import io.vertx.openapi.validation.ValidatableResponse;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * Checks responses against the served API description. The library knows few media types, so it
 * gets problems as plain JSON and everything else that is not JSON as plain bytes. This class
 * checks that the description has the response's media type.
 */
final class Contract {
  private static final String JSON = "application/json";
  private static final String BYTES = "application/octet-stream";

  private final JsonObject described;
  private final OpenAPIContract contract;
  private final ResponseValidator validator;

  private Contract() throws Exception {
    Vertx vertx = Vertx.vertx(new VertxOptions().setUseDaemonThread(true));
    try (InputStream in = Contract.class.getResourceAsStream("/dev/whatsit/status/openapi.yaml")) {
      Map<String, Object> read = new Yaml(new SafeConstructor(new LoaderOptions())).load(in);
      described = new JsonObject(read);
    }
    JsonObject shown = described.copy();
    // The library takes absolute URLs only.
    shown.remove("servers");
    adapt(shown);
    JsonObject paths = shown.getJsonObject("paths");
    for (String path : paths().stream().filter(path -> path.contains("}:")).toList()) {
      paths.put(shownPath(path), paths.remove(path));
    }
    contract =
        OpenAPIContract.from(vertx, shown)
            .toCompletionStage()
            .toCompletableFuture()
            .get(30, TimeUnit.SECONDS);
    validator = ResponseValidator.create(vertx, contract);
  }

  static Contract load() {
    try {
      return new Contract();
    } catch (Exception e) {
      throw new IllegalStateException("the API description cannot be loaded", e);
    }
  }

  /** The path templates as the API description writes them. */
  Set<String> paths() {
    return new TreeSet<>(described.getJsonObject("paths").fieldNames());
  }

  /**
   * Checks a response.
   *
   * @throws AssertionError naming what differs from the description
   */
  void check(Response response) {
    Operation operation = operation(response);
    if (operation == null) {
      // Not in the description: the path is unknown, or the request cannot be parsed.
      boolean wholeServer = response.path().equals("*");
      require(
          wholeServer
              || response.status() == 401
              || response.status() == 404
              || response.status() == 400
              || response.status() == 405
              || response.status() >= 414,
          response,
          "an unknown path must be refused");
      require(
          wholeServer || response.method().equals("HEAD") || !response.code().isEmpty(),
          response,
          "needs a code");
      require(response.header("X-Request-Id").isPresent(), response, "needs a request id");
      require(
          response.header("X-Content-Type-Options").orElse("").equals("nosniff"),
          response,
          "needs nosniff");
      return;
    }
    Map<String, String> headers = new LinkedHashMap<>();
    // The library parses a header's value as JSON if it can, but an entity tag includes its quotes.
    response
        .headers()
        .forEach(
            (name, value) ->
                headers.put(name, value.startsWith("\"") ? Json.encode(value) : value));
    String mediaType = mediaType(response);
    ValidatableResponse validated =
        response.body().length > 0
            ? ValidatableResponse.create(
                response.status(), headers, Buffer.buffer(response.body()), shown(mediaType))
            : ValidatableResponse.create(response.status(), headers);
    try {
      validator
          .validate(validated, operation.getOperationId())
          .toCompletionStage()
          .toCompletableFuture()
          .get(30, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError(response + " is not as described: " + e.getMessage(), e);
    }
    Set<String> mediaTypes = mediaTypes(operation, response);
    if (response.body().length > 0) {
      require(mediaTypes.contains(mediaType), response, "its media type is none of " + mediaTypes);
    } else if (!response.method().equals("HEAD")) {
      require(mediaTypes.isEmpty(), response, "a body is described");
    }
    if (mediaType.equals("application/problem+json") && response.body().length > 0) {
      JsonObject problem = new JsonObject(Buffer.buffer(response.body()));
      require(problem.getInteger("status") == response.status(), response, "the statuses differ");
      String type =
          "urn:whatsit:problem:" + response.code().toLowerCase(Locale.ROOT).replace('_', '-');
      require(problem.getString("type").equals(type), response, "type and code differ");
    }
  }

  private @Nullable Operation operation(Response response) {
    String path = plainPath(response);
    Path known = contract.findPath(path);
    if (known == null) {
      return null;
    }
    for (Operation operation : known.getOperations()) {
      if (operation.getHttpMethod().equals(HttpMethod.valueOf(response.method()))) {
        return operation;
      }
    }
    // For a method that the path does not allow, the path's first operation describes the response.
    return known.getOperations().stream()
        .filter(operation -> List.of("GET", "POST").contains(operation.getHttpMethod().name()))
        .findFirst()
        .orElseThrow();
  }

  private static String plainPath(Response response) {
    int query = response.path().indexOf('?');
    return shownPath(query < 0 ? response.path() : response.path().substring(0, query));
  }

  /** The library needs a parameter to end its segment, so {@code :retry} becomes the next one. */
  private static String shownPath(String path) {
    return path.replaceFirst("([^/]):([a-z]+)$", "$1/:$2");
  }

  private static String describedPath(Operation operation) {
    return operation.getOpenAPIPath().replace("/:", ":");
  }

  private Set<String> mediaTypes(Operation operation, Response response) {
    JsonObject description =
        described
            .getJsonObject("paths")
            .getJsonObject(describedPath(operation))
            .getJsonObject(operation.getHttpMethod().name().toLowerCase(Locale.ROOT))
            .getJsonObject("responses")
            .getJsonObject(Integer.toString(response.status()));
    String reference = description.getString("$ref");
    if (reference != null) {
      description =
          described
              .getJsonObject("components")
              .getJsonObject("responses")
              .getJsonObject(reference.substring(reference.lastIndexOf('/') + 1));
    }
    return description.getJsonObject("content", new JsonObject()).fieldNames();
  }

  private static String mediaType(Response response) {
    String contentType = response.header("Content-Type").orElse("");
    int end = contentType.indexOf(';');
    return (end < 0 ? contentType : contentType.substring(0, end)).strip();
  }

  private static String shown(String mediaType) {
    return mediaType.endsWith("json") ? JSON : BYTES;
  }

  private static void adapt(Object node) {
    if (node instanceof JsonObject object) {
      if (object.getValue("content") instanceof JsonObject content
          && content.stream().anyMatch(entry -> entry.getKey().contains("/"))) {
        JsonObject adapted = new JsonObject();
        for (String mediaType : content.fieldNames()) {
          JsonObject value = content.getJsonObject(mediaType);
          value.remove("examples");
          if (value.isEmpty()) {
            value.put("schema", new JsonObject().put("type", "string").put("format", "binary"));
          }
          adapted.put(mediaType.startsWith("multipart/") ? mediaType : shown(mediaType), value);
        }
        object.put("content", adapted);
      }
      List<String> names = new ArrayList<>(object.fieldNames());
      names.forEach(name -> adapt(object.getValue(name)));
    } else if (node instanceof JsonArray array) {
      array.forEach(Contract::adapt);
    }
  }

  private static void require(boolean holds, Response response, String rule) {
    if (!holds) {
      throw new AssertionError(response + ": " + rule);
    }
  }
}
