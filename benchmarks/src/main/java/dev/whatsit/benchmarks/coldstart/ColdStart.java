package dev.whatsit.benchmarks.coldstart;

import dev.whatsit.benchmarks.Figures;
import dev.whatsit.benchmarks.Options;
import dev.whatsit.benchmarks.ScratchFolder;
import dev.whatsit.deployment.DeployedFunction;
import dev.whatsit.deployment.FunctionContainer;
import dev.whatsit.deployment.FunctionProcess;
import dev.whatsit.deployment.FunctionProcess.Machine;
import dev.whatsit.invoker.FunctionServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;

/**
 * Measures the time from the start of a deployed function's process to its first response, and
 * compares it with a minimal function on the same JVM with the same flags.
 *
 * <p>Each round starts everything once, in an order that rotates from round to round. The ratios
 * compare starts of the same round. A first round for warm-up is not counted. The image or event of
 * a request is created before the clock starts.
 */
public final class ColdStart {
  private static final String ROOT = "benchmark.root";

  /** One line of the table, with the flags of its function. */
  private record Line(Start start, Flags flags, List<String> given, boolean cached) {}

  private record Taken(double millis, double processorMillis) {}

  /** The timeout of a training run; the process writes the AOT cache when it ends. */
  private static final Duration MAX_TRAINING = Duration.ofMinutes(3);

  /** A function responds with this status when an emulator is too slow on a busy machine. */
  private static final int UNAVAILABLE = 503;

  private static final int MAX_TRIES = 5;

  private final Path readme;
  private final Path scripts;
  private final Map<String, DeployedFunction> functions;
  private final Path folder;
  private final Path home;
  private final Path invoker;
  private final Services services;
  private final Map<Line, FunctionContainer> containers = new LinkedHashMap<>();

  private ColdStart(
      Path root,
      Map<String, DeployedFunction> functions,
      Path folder,
      Path home,
      Path invoker,
      Services services) {
    this.readme = root.resolve("README.md");
    this.scripts = root.resolve("deployment").resolve("container");
    this.functions = functions;
    this.folder = folder;
    this.home = home;
    this.invoker = invoker;
    this.services = services;
  }

  /**
   * Measures and prints a table.
   *
   * @throws IllegalArgumentException if the options are wrong
   */
  public static void run(List<String> arguments) throws IOException, InterruptedException {
    Options options = new Options(arguments, List.of("rounds", "jdk", "starts", "flags", "aot"));
    int rounds = options.number("rounds", 7, 1, 99);
    List<Flags> flags = Flags.parse(options.text("flags").orElse("deployed"));
    boolean cached = options.word("aot", List.of("no", "yes")).equals("yes");
    List<Start> starts =
        options
            .text("starts")
            .map(text -> Arrays.stream(text.split(",", -1)).map(Start::of).toList())
            .orElse(List.of(Start.values()));
    with(
        home(options.text("jdk").orElse("")),
        measurement -> measurement.measure(starts, flags, cached, rounds));
  }

  /**
   * Creates a container's content, with an AOT cache.
   *
   * @throws IllegalArgumentException if the options are wrong
   */
  public static void train(List<String> arguments) throws IOException, InterruptedException {
    Options options = new Options(arguments, List.of("start", "folder", "jdk"));
    Start start = Start.of(options.text("start").orElse(""));
    Path to =
        Path.of(
            options
                .text("folder")
                .orElseThrow(() -> new IllegalArgumentException("--folder is missing")));
    with(home(options.text("jdk").orElse("")), measurement -> measurement.train(start, to));
  }

  private interface Use {
    void with(ColdStart measurement) throws IOException, InterruptedException;
  }

  private static void with(Path home, Use use) throws IOException, InterruptedException {
    Path root = Path.of(System.getProperty(ROOT, ".."));
    try (ScratchFolder scratch = ScratchFolder.create()) {
      Path folder = scratch.path();
      Path invoker = folder.resolve("invoker.jar");
      try (InputStream jar =
          FunctionServer.class.getResourceAsStream("java-function-invoker.jar")) {
        Files.copy(jar, invoker);
      }
      Map<String, DeployedFunction> functions =
          DeployedFunction.allIn(root.resolve("functions"))
              .collect(Collectors.toMap(DeployedFunction::name, Function.identity()));
      functions.put("hello", hello(folder));
      Machine running = Machine.running(invoker);
      try (Services services = new Services(folder, functions, running)) {
        use.with(new ColdStart(root, functions, folder, home, invoker, services));
      }
    }
  }

  /** The JDK to measure on: the one named, else {@code JAVA_HOME_25}, else the running one. */
  private static Path home(String version) {
    String variable = "JAVA_HOME_" + (version.isEmpty() ? "25" : version);
    String value = System.getenv(variable);
    if (value != null && !value.isBlank()) {
      return Path.of(value);
    }
    if (version.isEmpty()) {
      return Path.of(System.getProperty("java.home"));
    }
    throw new IllegalArgumentException("--jdk " + version + " needs " + variable);
  }

  private static DeployedFunction hello(Path folder) throws IOException {
    DeployedFunction hello = new DeployedFunction("hello", folder.resolve("hello"));
    Files.createDirectories(hello.directory());
    String name = Hello.class.getName().replace('.', '/') + ".class";
    try (OutputStream file = Files.newOutputStream(hello.directory().resolve("hello.jar"));
        JarOutputStream jar = new JarOutputStream(file);
        InputStream compiled = Hello.class.getResourceAsStream("Hello.class")) {
      jar.putNextEntry(new JarEntry(name));
      compiled.transferTo(jar);
    }
    return hello;
  }

  private void measure(List<Start> starts, List<Flags> flags, boolean cached, int rounds)
      throws IOException, InterruptedException {
    List<Line> lines = lines(starts, flags, cached);
    Map<Line, List<Taken>> taken = new LinkedHashMap<>();
    for (int round = 0; round <= rounds; round++) {
      for (int i = 0; i < lines.size(); i++) {
        Line line = lines.get((i + round) % lines.size());
        Taken one = take(line);
        if (round > 0) {
          taken.computeIfAbsent(line, first -> new ArrayList<>()).add(one);
        }
      }
      System.err.println("round " + round + " of " + rounds);
    }
    print(lines, taken);
  }

  private List<Line> lines(List<Start> starts, List<Flags> flags, boolean cached)
      throws IOException, InterruptedException {
    List<Line> lines = new ArrayList<>();
    for (Flags some : flags) {
      for (boolean withCache : cached ? new boolean[] {false, true} : new boolean[] {false}) {
        for (Start start : starts) {
          if (start == Start.HELLO) {
            continue;
          }
          Line line = new Line(start, some, some.of(start.functionName(), readme), withCache);
          Line hello =
              withCache
                  ? new Line(Start.HELLO, Flags.NONE, Flags.NONE.of("hello", readme), false)
                  : new Line(Start.HELLO, line.flags(), line.given(), false);
          if (helloOf(line, lines).isEmpty()) {
            lines.add(hello);
          }
          lines.add(line);
          if (withCache) {
            Path container = folder.resolve("container-" + containers.size());
            containers.put(line, train(start, container));
          }
        }
      }
    }
    return lines;
  }

  private Optional<Line> helloOf(Line line, List<Line> lines) throws IOException {
    for (Line other : lines) {
      if (isHelloOf(other, line)) {
        return Optional.of(other);
      }
    }
    return Optional.empty();
  }

  /**
   * Whether {@code hello} is the baseline of a line: it has the same flags, or no flags for a start
   * from a cache.
   */
  private boolean isHelloOf(Line hello, Line line) throws IOException {
    List<String> given = line.cached() ? Flags.NONE.of("hello", readme) : line.given();
    return hello.start() == Start.HELLO && hello.given().equals(given);
  }

  private Taken take(Line line) throws IOException, InterruptedException {
    for (int tries = 1; ; tries++) {
      FirstRequest request = line.start().request(services);
      Map<String, String> settings = line.start().settings(services.settings());
      DeployedFunction function = line.start().function(functions);
      long start = System.nanoTime();
      try (FunctionProcess process = begin(line, function, settings)) {
        int status = request.send(process);
        long nanos = System.nanoTime() - start;
        Duration processor = process.processorTime();
        if (status == line.start().status()) {
          return new Taken(nanos / 1e6, processor.toNanos() / 1e6);
        }
        if (status != UNAVAILABLE || tries == MAX_TRIES) {
          throw new IOException(
              line.start().title() + " answered " + status + ":\n" + process.printed());
        }
        System.err.println("not counted, answered 503: " + line.start().title());
      }
    }
  }

  private FunctionProcess begin(Line line, DeployedFunction function, Map<String, String> settings)
      throws IOException {
    Start start = line.start();
    if (!line.cached()) {
      return FunctionProcess.begin(
          new Machine(home, line.given(), invoker),
          function.directory(),
          start.target(),
          start.signature(),
          settings,
          folder);
    }
    Map<String, String> environment = new HashMap<>(settings);
    environment.put("JAVA_TOOL_OPTIONS", String.join(" ", line.given()));
    FunctionContainer container = Objects.requireNonNull(containers.get(line));
    return FunctionProcess.begin(
        home, container, start.target(), start.signature(), environment, folder);
  }

  /** Creates a container's content, with an AOT cache trained by the request. */
  private FunctionContainer train(Start start, Path to) throws IOException, InterruptedException {
    FunctionContainer container =
        FunctionContainer.assemble(start.function(functions), invoker, scripts, to);
    Map<String, String> environment = start.settings(services.settings());
    environment.put("AOT", String.join(" ", container.training()));
    try (FunctionProcess process =
        FunctionProcess.begin(
            home, container, start.target(), start.signature(), environment, folder)) {
      int status = start.request(services).send(process);
      if (status != start.status() || !process.stop(MAX_TRAINING)) {
        throw new IOException("no training by " + start.title() + ":\n" + process.printed());
      }
      if (!Files.exists(container.cache())) {
        throw new IOException("no cache from " + start.title() + ":\n" + process.printed());
      }
    }
    return container;
  }

  private void print(List<Line> lines, Map<Line, List<Taken>> taken) throws IOException {
    System.out.println("JDK: " + home);
    System.out.println();
    System.out.println(
        "| flags | start | ms, median (least–most) | : hello | processor ms | : hello |");
    System.out.println("|---|---|---|---|---|---|");
    for (Line line : lines) {
      Line hello = helloOf(line, lines).orElseThrow();
      System.out.println(
          row(line, taken.getOrDefault(line, List.of()), taken.getOrDefault(hello, List.of())));
    }
  }

  private static String row(Line line, List<Taken> values, List<Taken> hellos) {
    List<Double> millis = values.stream().map(Taken::millis).toList();
    List<Double> processor = values.stream().map(Taken::processorMillis).toList();
    List<Double> ratios = new ArrayList<>();
    List<Double> efforts = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      ratios.add(values.get(i).millis() / hellos.get(i).millis());
      efforts.add(values.get(i).processorMillis() / hellos.get(i).processorMillis());
    }
    return String.format(
        Locale.ROOT,
        "| %s | %s | %.0f (%.0f–%.0f) | **%.2f** | %.0f | %.2f |",
        line.flags().name() + (line.cached() ? " + AOT" : ""),
        line.start().title(),
        Figures.median(millis),
        millis.stream().mapToDouble(v -> v).min().orElseThrow(),
        millis.stream().mapToDouble(v -> v).max().orElseThrow(),
        Figures.median(ratios),
        Figures.median(processor),
        Figures.median(efforts));
  }
}
