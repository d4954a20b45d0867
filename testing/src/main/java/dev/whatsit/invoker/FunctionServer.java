package dev.whatsit.invoker;

import com.google.cloud.functions.CloudEventsFunction;
import com.google.cloud.functions.HttpFunction;
import com.google.cloud.functions.HttpRequest;
import com.google.cloud.functions.HttpResponse;
import io.cloudevents.CloudEvent;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.channels.AsynchronousCloseException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Serves one function over HTTP with the Functions Framework's own invoker, in this process, on a
 * free port of 127.0.0.1.
 *
 * <p>The invoker is shaded without relocation. It is therefore loaded by a class loader of its own,
 * which shares with the functions only the function API and the CloudEvents API. One such loader
 * serves the whole process. The invoker resets {@code java.util.logging} when it is loaded, so
 * logging is set up after {@link #load}. Starting and stopping are thread-safe.
 */
public final class FunctionServer implements AutoCloseable {
  private static final String INVOKER = "com.google.cloud.functions.invoker.runner.Invoker";
  private static final String HTTP = "com.google.cloud.functions.invoker.HttpFunctionExecutor";
  private static final String EVENTS =
      "com.google.cloud.functions.invoker.BackgroundFunctionExecutor";
  private static final String LOOPBACK = "127.0.0.1";

  /**
   * The limit of connections that wait to be accepted. With Java's default, 50, a burst overflows
   * the queue, and connections of clients that have begun to send are reset.
   */
  private static final int ACCEPT_QUEUE = 1024;

  /** The function that {@link #serve} passes to the class that the invoker creates by name. */
  private static final ThreadLocal<@Nullable Object> HANDED = new ThreadLocal<>();

  private final Object invoker;
  private final int port;

  private FunctionServer(Object invoker, int port) {
    this.invoker = invoker;
    this.port = port;
  }

  /**
   * Loads the invoker, which resets {@code java.util.logging}, and limits its logging, which
   * reports each start and stop, to warnings. Further calls do nothing.
   */
  public static void load() {
    Objects.requireNonNull(Loaded.CLASS);
  }

  /**
   * Creates the function through its public constructor without parameters and serves it.
   *
   * @param function implements {@code HttpFunction} or {@code CloudEventsFunction}
   * @throws IllegalStateException if the function cannot be created or served; the cause says why
   */
  public static FunctionServer start(Class<?> function) {
    return start(function, FunctionServer::rebindToLoopback);
  }

  /** Moves a started invoker to another address and returns its port. Replaced in tests. */
  @FunctionalInterface
  interface Rebinding {
    int rebind(Object invoker) throws ReflectiveOperationException;
  }

  static FunctionServer start(Class<?> function, Rebinding rebinding) {
    try {
      Object invoker =
          Loaded.CLASS
              .getConstructor(Integer.class, String.class, String.class, ClassLoader.class)
              .newInstance(0, function.getName(), null, function.getClassLoader());
      invoker.getClass().getMethod("startTestServer").invoke(invoker);
      try {
        return new FunctionServer(invoker, rebinding.rebind(invoker));
      } catch (ReflectiveOperationException | RuntimeException e) {
        stopAfter(e, invoker);
        throw e;
      }
    } catch (InvocationTargetException e) {
      throw new IllegalStateException("cannot start " + function.getName(), rootOf(e));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this invoker is of another make", e);
    }
  }

  /**
   * Serves an existing function. Closing the server does not close the function.
   *
   * @throws IllegalStateException if it cannot be served; the cause says why
   */
  public static FunctionServer serve(HttpFunction function) {
    return serve(HandedHttp.class, function);
  }

  /**
   * Serves an existing event function. Closing the server does not close the function.
   *
   * @throws IllegalStateException if it cannot be served; the cause says why
   */
  public static FunctionServer serve(CloudEventsFunction function) {
    return serve(HandedEvents.class, function);
  }

  /**
   * The framework's handler of an existing function, as a {@code org.eclipse.jetty.server.Handler}
   * of the Jetty on the class path, which must be of the invoker's minor version. The invoker puts
   * such a handler on its own server.
   *
   * @throws IllegalStateException if the invoker cannot be used; the cause says why
   */
  public static Object handler(HttpFunction function) {
    return handler(HTTP, HandedHttp.class, function);
  }

  /**
   * The framework's handler of an existing event function, as {@link #handler(HttpFunction)}.
   *
   * @throws IllegalStateException if the invoker cannot be used; the cause says why
   */
  public static Object handler(CloudEventsFunction function) {
    return handler(EVENTS, HandedEvents.class, function);
  }

  private static Object handler(String executor, Class<?> taker, Object function) {
    HANDED.set(function);
    try {
      return Class.forName(executor, true, Loader.ON_OUR_JETTY)
          .getMethod("forClass", Class.class)
          .invoke(null, taker);
    } catch (InvocationTargetException e) {
      throw new IllegalStateException("cannot mount a function", rootOf(e));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this invoker is of another make", e);
    } finally {
      HANDED.remove();
    }
  }

  private static FunctionServer serve(Class<?> taker, Object function) {
    // The invoker creates the taker in this thread, before start returns.
    HANDED.set(function);
    try {
      return start(taker);
    } finally {
      HANDED.remove();
    }
  }

  /** The port that the invoker listens on. */
  public int port() {
    return port;
  }

  /** The function's address on this machine, ending without a slash. */
  public URI uri() {
    return URI.create("http://" + LOOPBACK + ":" + port);
  }

  /** Stops listening. Requests in flight are not waited for; the function's own drain does that. */
  @Override
  public void close() {
    try {
      stop(invoker);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot stop the invoker on port " + port, e);
    }
  }

  private static void stop(Object invoker) throws ReflectiveOperationException {
    invoker.getClass().getMethod("stopServer").invoke(invoker);
  }

  /**
   * Stops the invoker after a failed start. Otherwise it would keep listening, on all interfaces,
   * and could not be stopped.
   */
  private static void stopAfter(Exception failure, Object invoker) {
    try {
      stop(invoker);
    } catch (ReflectiveOperationException e) {
      failure.addSuppressed(e);
    }
  }

  /**
   * Replaces the invoker's connector, which can only listen on all interfaces, by one on a free
   * loopback port. It must be a new connector: if the old one were stopped and started again, a
   * thread that was interrupted while it accepted for the first start could continue with the
   * second, and its interruption would close the new port.
   */
  private static int rebindToLoopback(Object invoker) throws ReflectiveOperationException {
    Field field = invoker.getClass().getDeclaredField("server");
    field.setAccessible(true);
    Object server = field.get(invoker);
    Class<?> serverType = server.getClass();
    Object former = Array.get(serverType.getMethod("getConnectors").invoke(server), 0);
    Class<?> type = former.getClass();
    Class<?> anyConnector = serverType.getMethod("getConnectors").getReturnType().componentType();
    Object connector = type.getConstructor(serverType).newInstance(server);
    type.getMethod("setHost", String.class).invoke(connector, LOOPBACK);
    type.getMethod("setAcceptQueueSize", int.class).invoke(connector, ACCEPT_QUEUE);
    serverType.getMethod("addConnector", anyConnector).invoke(server, connector);
    type.getMethod("start").invoke(connector);
    type.getMethod("stop").invoke(former);
    serverType.getMethod("removeConnector", anyConnector).invoke(server, former);
    return (int) type.getMethod("getLocalPort").invoke(connector);
  }

  private static Throwable rootOf(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null
        && (root instanceof InvocationTargetException || root instanceof RuntimeException)) {
      root = root.getCause();
    }
    return root;
  }

  /** Created by the invoker; passes requests to the function given to {@link #serve}. */
  public static final class HandedHttp implements HttpFunction {
    private final HttpFunction function = handed(HttpFunction.class);

    /** Takes the function given to {@link #serve}. */
    public HandedHttp() {}

    @Override
    public void service(HttpRequest request, HttpResponse response) throws Exception {
      function.service(request, response);
    }
  }

  /** Created by the invoker; passes events to the function given to {@link #serve}. */
  public static final class HandedEvents implements CloudEventsFunction {
    private final CloudEventsFunction function = handed(CloudEventsFunction.class);

    /** Takes the function given to {@link #serve}. */
    public HandedEvents() {}

    @Override
    public void accept(CloudEvent event) throws Exception {
      function.accept(event);
    }
  }

  private static <F> F handed(Class<F> type) {
    Object function = HANDED.get();
    if (function == null) {
      throw new IllegalStateException("no " + type.getSimpleName() + " was handed over");
    }
    return type.cast(function);
  }

  /** The invoker's class, initialised once. */
  private static final class Loaded {
    private static final Class<?> CLASS = initialised();

    /** Held strongly: {@code java.util.logging} keeps only weak references to loggers. */
    private static final List<Logger> QUIET =
        List.of(
            Logger.getLogger("org.eclipse.jetty"),
            Logger.getLogger("com.google.cloud.functions.invoker"));

    /** Logs that a port was closed while a thread accepted on it, which rebinding causes. */
    private static final Logger ACCEPTING =
        Logger.getLogger("org.eclipse.jetty.server.AbstractConnector");

    /** Logs that an acceptor started after rebinding had stopped its connector. */
    private static final Logger STARTING =
        Logger.getLogger("org.eclipse.jetty.util.thread.QueuedThreadPool");

    static {
      QUIET.forEach(logger -> logger.setLevel(Level.WARNING));
      ACCEPTING.setFilter(record -> !(record.getThrown() instanceof AsynchronousCloseException));
      STARTING.setFilter(record -> !isStoppedAcceptor(record.getThrown()));
    }

    private static boolean isStoppedAcceptor(@Nullable Throwable thrown) {
      return thrown instanceof NullPointerException
          && thrown.getStackTrace().length > 0
          && thrown.getStackTrace()[0].getClassName().endsWith("AbstractConnector$Acceptor");
    }

    private static Class<?> initialised() {
      try {
        return Class.forName(INVOKER, true, Loader.INSTANCE);
      } catch (ClassNotFoundException e) {
        throw new IllegalStateException("this invoker is of another make", e);
      }
    }
  }

  /**
   * Loads the invoker from its jar, isolated from the class path except for the API that invoker
   * and function share, and for the other packages that it is told.
   */
  private static final class Loader extends URLClassLoader {
    private static final Set<String> SHARED_PACKAGES =
        Set.of(
            "com.google.cloud.functions",
            "io.cloudevents",
            "io.cloudevents.lang",
            "io.cloudevents.rw",
            "io.cloudevents.types");
    private static final URL JAR = jar();

    /** With the Jetty that the invoker brings. */
    private static final Loader INSTANCE = new Loader(List.of());

    /** With the Jetty of the class path. */
    private static final Loader ON_OUR_JETTY =
        new Loader(List.of("org.eclipse.jetty.", "org.slf4j."));

    private final List<String> sharedPrefixes;

    private Loader(List<String> sharedPrefixes) {
      super("functions-framework-invoker", new URL[] {JAR}, ClassLoader.getPlatformClassLoader());
      this.sharedPrefixes = sharedPrefixes;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      int dot = name.lastIndexOf('.');
      boolean isShared =
          (dot > 0 && SHARED_PACKAGES.contains(name.substring(0, dot)))
              || sharedPrefixes.stream().anyMatch(name::startsWith);
      return isShared
          ? FunctionServer.class.getClassLoader().loadClass(name)
          : super.loadClass(name, resolve);
    }

    private static URL jar() {
      URL resource = FunctionServer.class.getResource("java-function-invoker.jar");
      if (resource == null) {
        throw new IllegalStateException("the invoker's jar is missing beside " + INVOKER);
      }
      if (resource.getProtocol().equals("file")) {
        return resource;
      }
      try (InputStream in = resource.openStream()) {
        Path copy = Files.createTempFile("function-invoker", ".jar");
        copy.toFile().deleteOnExit();
        Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
        return copy.toUri().toURL();
      } catch (MalformedURLException e) {
        throw new IllegalStateException("a temporary file has no address", e);
      } catch (IOException e) {
        throw new IllegalStateException("cannot unpack the invoker into the temporary folder", e);
      }
    }
  }
}
