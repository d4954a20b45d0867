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
 * One function served over HTTP by the Functions Framework's own invoker, in this process, on a
 * free port of 127.0.0.1.
 *
 * <p>The invoker is shaded without relocation, so it lives in a class loader of its own that shares
 * with the functions only what the two must agree on: the function API and the CloudEvents API. One
 * such loader serves the whole process; the invoker resets {@code java.util.logging} when it is
 * loaded, so logging is set up after {@link #load}. Starting and stopping are safe from any thread.
 */
public final class FunctionServer implements AutoCloseable {
  private static final String INVOKER = "com.google.cloud.functions.invoker.runner.Invoker";
  private static final String LOOPBACK = "127.0.0.1";

  /**
   * Connections that may wait to be accepted. By Java's default, 50, a burst overflows the queue,
   * and callers that have begun to send are reset.
   */
  private static final int ACCEPT_QUEUE = 1024;

  /** What {@link #serve} hands to the class that the invoker builds by its name. */
  private static final ThreadLocal<@Nullable Object> HANDED = new ThreadLocal<>();

  private final Object invoker;
  private final int port;

  private FunctionServer(Object invoker, int port) {
    this.invoker = invoker;
    this.port = port;
  }

  /**
   * Loads the invoker, which resets {@code java.util.logging}, and turns what it logs on each start
   * and stop down to warnings. Does nothing the second time.
   */
  public static void load() {
    Objects.requireNonNull(Loaded.CLASS);
  }

  /**
   * Builds the function through its public constructor without parameters and serves it.
   *
   * @param function implements {@code HttpFunction} or {@code CloudEventsFunction}
   * @throws IllegalStateException if the function cannot be built or served; the cause says why
   */
  public static FunctionServer start(Class<?> function) {
    return start(function, FunctionServer::rebindToLoopback);
  }

  /** Moves a started invoker elsewhere and tells its port; a seam for tests. */
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
   * Serves a function that is there already. Closing the server does not close the function.
   *
   * @throws IllegalStateException if it cannot be served; the cause says why
   */
  public static FunctionServer serve(HttpFunction function) {
    return serve(HandedHttp.class, function);
  }

  /**
   * Serves an event function that is there already. Closing the server does not close the function.
   *
   * @throws IllegalStateException if it cannot be served; the cause says why
   */
  public static FunctionServer serve(CloudEventsFunction function) {
    return serve(HandedEvents.class, function);
  }

  private static FunctionServer serve(Class<?> taker, Object function) {
    // The invoker builds the taker in this very thread, before start returns.
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

  /** Else it would go on listening, on all interfaces, and nobody could stop it. */
  private static void stopAfter(Exception failure, Object invoker) {
    try {
      stop(invoker);
    } catch (ReflectiveOperationException e) {
      failure.addSuppressed(e);
    }
  }

  /**
   * Puts a connector on a free port that only this machine reaches in the place of the invoker's,
   * which is on all interfaces, the only place where the invoker can put it. It must be another
   * connector: were the same one stopped and started, a thread that was interrupted while it
   * accepted for the first could go on with the second, and its interruption would close that.
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

  /** Built by the invoker; passes requests to the function that was handed over. */
  public static final class HandedHttp implements HttpFunction {
    private final HttpFunction function = handed(HttpFunction.class);

    /** Takes the function that {@link #serve} handed over. */
    public HandedHttp() {}

    @Override
    public void service(HttpRequest request, HttpResponse response) throws Exception {
      function.service(request, response);
    }
  }

  /** Built by the invoker; passes events to the function that was handed over. */
  public static final class HandedEvents implements CloudEventsFunction {
    private final CloudEventsFunction function = handed(CloudEventsFunction.class);

    /** Takes the function that {@link #serve} handed over. */
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

    /** Speaks of a port that is closed while it is listened on, which rebinding does. */
    private static final Logger ACCEPTING =
        Logger.getLogger("org.eclipse.jetty.server.AbstractConnector");

    /** Speaks of an acceptor that begins after rebinding has stopped its connector. */
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

  /** Child first, but for the API that invoker and function share. */
  private static final class Loader extends URLClassLoader {
    private static final Loader INSTANCE = new Loader(jar());
    private static final Set<String> SHARED_PACKAGES =
        Set.of(
            "com.google.cloud.functions",
            "io.cloudevents",
            "io.cloudevents.lang",
            "io.cloudevents.rw",
            "io.cloudevents.types");

    private Loader(URL jar) {
      super("functions-framework-invoker", new URL[] {jar}, ClassLoader.getPlatformClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      int dot = name.lastIndexOf('.');
      if (dot > 0 && SHARED_PACKAGES.contains(name.substring(0, dot))) {
        return FunctionServer.class.getClassLoader().loadClass(name);
      }
      return super.loadClass(name, resolve);
    }

    private static URL jar() {
      try (InputStream in = FunctionServer.class.getResourceAsStream("java-function-invoker.jar")) {
        if (in == null) {
          throw new IllegalStateException("the invoker's jar is missing beside " + INVOKER);
        }
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
