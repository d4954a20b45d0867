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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
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
  /** One line of the table. */
  private record Line(Start start, List<String> flags, boolean cached) {
    /** The start of hello that this one is compared with; from a cache, hello without flags. */
    Line baseline() {
      return new Line(Start.HELLO, cached ? Flags.INSTANCE : flags, false);
    }
  }

  private record Taken(double millis, double processorMillis) {}

  /** The timeout of a training run; the process writes the AOT cache when it ends. */
  private static final Duration TRAINING_TIMEOUT = Duration.ofMinutes(3);

  /** A function responds with this status when an emulator is too slow on a busy machine. */
  private static final int UNAVAILABLE = 503;

  private static final int MAX_TRIES = 5;

  private final Path root;
  private final Map<String, DeployedFunction> functions;
  private final Path folder;
  private final Path invoker;
  private final Services services;
  private final Map<Line, FunctionContainer> containers = new HashMap<>();

  /** The JDK to measure on. */
  private final Path home =
      Path.of(
          Objects.requireNonNullElse(
              System.getenv("JAVA_HOME_25"), System.getProperty("java.home")));

  private ColdStart(
      Path root,
      Map<String, DeployedFunction> functions,
      Path folder,
      Path invoker,
      Services services) {
    this.root = root;
    this.functions = functions;
    this.folder = folder;
    this.invoker = invoker;
    this.services = services;
  }

  /**
   * Measures and prints a table.
   *
   * @throws IllegalArgumentException if the options are wrong
   */
  public static void run(List<String> arguments) throws IOException, InterruptedException {
    Options options = new Options(arguments, List.of("rounds", "starts", "aot"));
    int rounds = options.number("rounds", 7, 1, 99);
    boolean cached = options.is("aot", "no", "yes");
    List<Start> starts =
        options
            .text("starts")
            .map(text -> Arrays.stream(text.split(",", -1)).map(Start::of).toList())
            .orElse(List.of(Start.values()));
    with(measurement -> measurement.measure(starts, cached, rounds));
  }

  /**
   * Creates a container's content, with an AOT cache.
   *
   * @throws IllegalArgumentException if the options are wrong
   */
  public static void train(List<String> arguments) throws IOException, InterruptedException {
    Options options = new Options(arguments, List.of("start", "folder"));
    Start start = Start.of(options.text("start").orElse(""));
    String to =
        options
            .text("folder")
            .orElseThrow(() -> new IllegalArgumentException("--folder is missing"));
    with(measurement -> measurement.train(start, Path.of(to)));
  }

  private interface Use {
    void with(ColdStart measurement) throws IOException, InterruptedException;
  }

  private static void with(Use use) throws IOException, InterruptedException {
    Path root = Path.of(System.getProperty("benchmark.root", ".."));
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
      try (Services services = new Services(folder, functions, Machine.running(invoker))) {
        use.with(new ColdStart(root, functions, folder, invoker, services));
      }
    }
  }

  private static DeployedFunction hello(Path folder) throws IOException {
    DeployedFunction hello = new DeployedFunction("hello", folder.resolve("hello"));
    Files.createDirectories(hello.directory());
    try (OutputStream file = Files.newOutputStream(hello.directory().resolve("hello.jar"));
        JarOutputStream jar = new JarOutputStream(file);
        InputStream compiled = Hello.class.getResourceAsStream("Hello.class")) {
      jar.putNextEntry(new JarEntry(Hello.class.getName().replace('.', '/') + ".class"));
      compiled.transferTo(jar);
    }
    return hello;
  }

  private void measure(List<Start> starts, boolean cached, int rounds)
      throws IOException, InterruptedException {
    List<Line> lines = lines(starts, cached);
    Map<Line, List<Taken>> taken = new HashMap<>();
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
    Figures.print("JDK: %s\n", home);
    Figures.print("| start | ms, median (smallest–largest) | : hello | processor ms | : hello |");
    Figures.print("|---|---|---|---|---|");
    for (Line line : lines) {
      printRow(
          line,
          taken.getOrDefault(line, List.of()),
          taken.getOrDefault(line.baseline(), List.of()));
    }
  }

  private List<Line> lines(List<Start> starts, boolean cached)
      throws IOException, InterruptedException {
    Set<Line> lines = new LinkedHashSet<>();
    for (boolean withCache : cached ? new boolean[] {false, true} : new boolean[] {false}) {
      for (Start start : starts) {
        if (start == Start.HELLO) {
          continue;
        }
        List<String> flags = Flags.deployed(start.functionName(), root.resolve("README.md"));
        Line line = new Line(start, flags, withCache);
        lines.add(line.baseline());
        lines.add(line);
        if (withCache) {
          containers.put(line, train(start, folder.resolve("container-" + containers.size())));
        }
      }
    }
    return List.copyOf(lines);
  }

  private Taken take(Line line) throws IOException, InterruptedException {
    Start measured = line.start();
    for (int tries = 1; ; tries++) {
      FirstRequest request = measured.request(services);
      Map<String, String> settings = measured.settings(services.settings());
      long start = System.nanoTime();
      try (FunctionProcess process = begin(line, settings)) {
        int status = request.send(process);
        long nanos = System.nanoTime() - start;
        Duration processor = process.processorTime();
        if (status == measured.status()) {
          return new Taken(nanos / 1e6, processor.toNanos() / 1e6);
        }
        if (status != UNAVAILABLE || tries == MAX_TRIES) {
          throw new IOException(
              measured.word() + " responded " + status + ":\n" + process.printed());
        }
        System.err.println("not counted, responded 503: " + measured.word());
      }
    }
  }

  private FunctionProcess begin(Line line, Map<String, String> settings) throws IOException {
    Start start = line.start();
    if (!line.cached()) {
      return FunctionProcess.begin(
          new Machine(home, line.flags(), invoker),
          start.function(functions).directory(),
          start.target(),
          start.signature(),
          settings,
          folder);
    }
    settings.put("JAVA_TOOL_OPTIONS", String.join(" ", line.flags()));
    FunctionContainer container = Objects.requireNonNull(containers.get(line));
    return FunctionProcess.begin(
        home, container, start.target(), start.signature(), settings, folder);
  }

  /** Creates a container's content, with an AOT cache trained by the request. */
  private FunctionContainer train(Start start, Path to) throws IOException, InterruptedException {
    FunctionContainer container =
        FunctionContainer.assemble(
            start.function(functions), invoker, root.resolve("deployment/container"), to);
    Map<String, String> environment = start.settings(services.settings());
    environment.put("AOT", String.join(" ", container.training()));
    try (FunctionProcess process =
        FunctionProcess.begin(
            home, container, start.target(), start.signature(), environment, folder)) {
      int status = start.request(services).send(process);
      if (status != start.status()
          || !process.stop(TRAINING_TIMEOUT)
          || !Files.exists(container.cache())) {
        throw new IOException("no cache from " + start.word() + ":\n" + process.printed());
      }
    }
    return container;
  }

  private static void printRow(Line line, List<Taken> values, List<Taken> hellos) {
    List<Double> millis = values.stream().map(Taken::millis).sorted().toList();
    List<Double> ratios = new ArrayList<>();
    List<Double> processorRatios = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      ratios.add(values.get(i).millis() / hellos.get(i).millis());
      processorRatios.add(values.get(i).processorMillis() / hellos.get(i).processorMillis());
    }
    Figures.print(
        "| %s | %.0f (%.0f–%.0f) | **%.2f** | %.0f | %.2f |",
        line.start().word() + (line.cached() ? " + AOT" : ""),
        Figures.median(millis),
        millis.get(0),
        millis.get(millis.size() - 1),
        Figures.median(ratios),
        Figures.median(values.stream().map(Taken::processorMillis).toList()),
        Figures.median(processorRatios));
  }
}
