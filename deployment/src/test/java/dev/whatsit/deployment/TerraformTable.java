package dev.whatsit.deployment;

import com.bertramlabs.plugins.hcl4j.HCLParser;
import com.bertramlabs.plugins.hcl4j.HCLParserException;
import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The plain values of {@code terraform/locals.tf}: the definition of each function and of the log
 * metrics. Everything else in that folder iterates over them.
 */
final class TerraformTable {
  static final Path FOLDER = Path.of("..", "terraform");

  private final JsonObject locals;

  private TerraformTable(JsonObject locals) {
    this.locals = locals;
  }

  static TerraformTable read() throws IOException {
    try {
      Map<String, Object> read =
          new HCLParser().parse(FOLDER.resolve("locals.tf").toFile(), "UTF-8");
      Map<?, ?> locals = (Map<?, ?>) Objects.requireNonNull(read.get("locals"));
      JsonObject plain = new JsonObject();
      Gson gson = new Gson();
      // The others refer to resources, which the parser returns as a graph.
      for (String name : List.of("functions", "logged", "platform_environment", "java_flags")) {
        plain.add(name, gson.toJsonTree(locals.get(name)));
      }
      return new TerraformTable(plain);
    } catch (HCLParserException e) {
      throw new IOException(e);
    }
  }

  Set<String> functions() {
    return locals.getAsJsonObject("functions").keySet();
  }

  /** The entry point of a function. */
  String entryPoint(String function) {
    return function(function).get("entry_point").getAsString();
  }

  /** The entry point for events from Eventarc, if there is one. */
  Optional<String> eventEntryPoint(String function) {
    return Optional.ofNullable(function(function).get("event_entry_point"))
        .filter(value -> !value.isJsonNull())
        .map(JsonElement::getAsString);
  }

  double number(String function, String key) {
    return function(function).get(key).getAsDouble();
  }

  Set<String> words(String function, String key) {
    return words(function(function).getAsJsonArray(key).asList());
  }

  /** The names in a map of a function. */
  Set<String> keys(String function, String key) {
    return function(function).getAsJsonObject(key).keySet();
  }

  /** The environment variables for the platform, besides the settings. */
  JsonObject platformEnvironment() {
    return locals.getAsJsonObject("platform_environment");
  }

  /** The JVM flags of a function, in addition to those of all functions. */
  String javaFlags(String function) {
    String compiler = function(function).get("compiler").getAsString();
    return locals.getAsJsonObject("java_flags").get(compiler).getAsString();
  }

  /** The log metrics: for each one the class that writes the line, and the messages. */
  Collection<LogLines> logged() {
    return locals.getAsJsonObject("logged").entrySet().stream()
        .map(entry -> entry.getValue().getAsJsonObject())
        .map(
            lines ->
                new LogLines(
                    lines.get("function").getAsString(),
                    words(lines.getAsJsonArray("loggers").asList()),
                    words(lines.getAsJsonArray("messages").asList()),
                    labels(lines)))
        .toList();
  }

  private static Set<String> labels(JsonObject lines) {
    Set<String> labels = words(lines.getAsJsonArray("labels").asList());
    JsonElement value = lines.get("value");
    if (value != null && !value.isJsonNull()) {
      labels.add(value.getAsString());
    }
    return labels;
  }

  /**
   * Lines of the log.
   *
   * @param function that writes them
   * @param loggers the classes in it
   * @param messages any of these
   * @param labels of the line that are used
   */
  record LogLines(String function, Set<String> loggers, Set<String> messages, Set<String> labels) {}

  private JsonObject function(String name) {
    return locals.getAsJsonObject("functions").getAsJsonObject(name);
  }

  private static Set<String> words(List<JsonElement> elements) {
    Set<String> words = new TreeSet<>();
    elements.forEach(element -> words.add(element.getAsString()));
    return words;
  }

  /** Every file of the configuration, without tests and examples, by its path. */
  static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.walk(FOLDER)) {
      return files
          .filter(file -> file.toString().endsWith(".tf"))
          .filter(file -> !FOLDER.relativize(file).startsWith("examples"))
          .filter(file -> !file.toString().contains(".terraform"))
          .sorted()
          .toList();
    }
  }
}
