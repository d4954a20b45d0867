package dev.whatsit.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tests the content of the folder and the zip of each function. */
class DeployedFunctionIT {
  private static final long MEGABYTE = 1_000_000;

  /** In megabytes of the zip; a larger one starts more slowly. */
  private static final Map<String, Long> BUDGETS = Map.of("status", 18L, "classify", 35L);

  private static final long BUDGET = 20;

  /** Nothing of these belongs into a deployed function. */
  private static final List<String> FOREIGN =
      List.of(
          "org/eclipse/jetty/",
          "com/fasterxml/jackson/databind/",
          "org/junit/",
          "org/assertj/",
          "org/sqlite/",
          "dev/whatsit/embedded/",
          "dev/whatsit/contracts/",
          "dev/whatsit/local/",
          "com/google/cloud/functions/invoker/",
          // Parts of Google's clients that the parent pom excludes: each makes a cold start longer.
          "io/grpc/netty/shaded/",
          "io/grpc/xds/",
          "io/opentelemetry/sdk/",
          "org/apache/http/",
          "org/conscrypt/");

  /** The clients of Google's services that a function may have. */
  private static final Map<String, Set<String>> CLIENTS =
      Map.of(
          "upload", Set.of("firestore", "pubsub", "storage", "tasks"),
          "classify", Set.of("firestore", "pubsub", "storage", "vision"),
          "status", Set.of("firestore", "storage"));

  private static final String SERVICES = "META-INF/services/";

  private static final Pattern CLIENT =
      Pattern.compile("google-cloud-(?!core)([a-z]+)-[0-9.]+\\.jar");

  static Stream<DeployedFunction> functions() {
    return DeployedFunction.allIn(Path.of("..", "functions"));
  }

  @ParameterizedTest
  @MethodSource("functions")
  void zip_ofEachFunction_keepsItsBudget(DeployedFunction function) throws IOException {
    long budget = BUDGETS.getOrDefault(function.name(), BUDGET) * MEGABYTE;

    assertThat(Files.size(function.zip())).isLessThanOrEqualTo(budget);
  }

  @ParameterizedTest
  @MethodSource("functions")
  void zip_ofEachFunction_holdsTheFolderAndNothingElse(DeployedFunction function)
      throws IOException {
    List<String> folder;
    try (Stream<Path> files = Files.walk(function.directory())) {
      folder =
          files
              .filter(Files::isRegularFile)
              .map(file -> function.directory().relativize(file).toString().replace('\\', '/'))
              .toList();
    }
    List<String> zipped = new ArrayList<>();
    try (JarFile zip = new JarFile(function.zip().toFile())) {
      zip.stream().filter(entry -> !entry.isDirectory()).forEach(e -> zipped.add(e.getName()));
    }

    assertThat(zipped).containsExactlyInAnyOrderElementsOf(folder);
  }

  @ParameterizedTest
  @MethodSource("functions")
  void classes_ofEachFunction_areNotThoseOfTestsOrOfTheLocalServer(DeployedFunction function)
      throws IOException {
    List<String> foreign = new ArrayList<>();
    for (String name : classes(function.jar())) {
      boolean test = name.startsWith("dev/whatsit/") && name.endsWith("Test.class");
      if (test || FOREIGN.stream().anyMatch(name::startsWith)) {
        foreign.add(name);
      }
    }

    assertThat(foreign).isEmpty();
  }

  @Test
  void clients_ofGoogle_areThoseThatTheFunctionUses() throws IOException {
    for (Map.Entry<String, Set<String>> function : CLIENTS.entrySet()) {
      Set<String> found = new TreeSet<>();
      for (Path jar :
          DeployedFunction.of(Path.of("..", "functions"), function.getKey()).libraries()) {
        Matcher client = CLIENT.matcher(jar.getFileName().toString());
        if (client.matches()) {
          found.add(client.group(1));
        }
      }

      assertThat(found).as(function.getKey()).isEqualTo(function.getValue());
    }
  }

  @ParameterizedTest
  @MethodSource("functions")
  void classes_ofEachFunction_areOfOneLibraryEach(DeployedFunction function) throws IOException {
    Map<String, Path> first = new HashMap<>();
    List<String> twice = new ArrayList<>();
    for (Path jar : function.libraries()) {
      for (String name : classes(jar)) {
        Path other = first.put(name, jar);
        if (other != null && !name.endsWith("module-info.class")) {
          twice.add(name + " in " + other.getFileName() + " and " + jar.getFileName());
        }
      }
    }

    assertThat(twice).isEmpty();
  }

  /** A backend comes in several libraries, and each names its part in a file of the same name. */
  @ParameterizedTest
  @MethodSource("functions")
  void services_ofEachFunction_areThoseOfAllLibraries(DeployedFunction function)
      throws IOException {
    Set<String> wanted = new TreeSet<>();
    for (Path library : function.libraries()) {
      wanted.addAll(services(library));
    }

    assertThat(services(function.jar())).containsAll(wanted);
    assertThat(wanted).anyMatch(service -> service.contains("dev.whatsit.domain.backend.Backend"));
  }

  @Test
  void classify_ofOnnxRuntime_hasTheLibraryOfThePlatformOnly() throws IOException {
    DeployedFunction classify = DeployedFunction.of(Path.of("..", "functions"), "classify");
    List<String> natives = new ArrayList<>();
    try (JarFile file = new JarFile(classify.jar().toFile())) {
      file.stream()
          .filter(entry -> !entry.isDirectory())
          .filter(entry -> entry.getName().startsWith("ai/onnxruntime/native/"))
          .forEach(entry -> natives.add(entry.getName()));
    }

    assertThat(natives).isNotEmpty().allMatch(name -> name.contains("/linux-x64/"));
  }

  /** As "interface = implementation". */
  private static Set<String> services(Path jar) throws IOException {
    Set<String> services = new TreeSet<>();
    try (JarFile file = new JarFile(jar.toFile())) {
      for (JarEntry entry : (Iterable<JarEntry>) file.stream()::iterator) {
        if (entry.getName().startsWith(SERVICES) && !entry.isDirectory()) {
          String service = entry.getName().substring(SERVICES.length());
          new String(file.getInputStream(entry).readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .map(line -> line.replaceFirst("#.*", "").strip())
              .filter(line -> !line.isEmpty())
              .forEach(line -> services.add(service + " = " + line));
        }
      }
    }
    return services;
  }

  private static List<String> classes(Path jar) throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      return file.stream()
          .map(entry -> entry.getName())
          .filter(name -> name.endsWith(".class") && !name.startsWith("META-INF/"))
          .toList();
    }
  }
}
