package dev.whatsit.invoker;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Set;

/**
 * One function served over HTTP by the Functions Framework's own invoker, in this process, on a
 * free port.
 *
 * <p>The invoker is shaded without relocation, so it lives in a class loader of its own that shares
 * with the functions only what the two must agree on: the function API and the CloudEvents API. One
 * such loader serves the whole process; the invoker resets {@code java.util.logging} when it is
 * loaded, so logging is set up after the first {@link #start}. Starting and stopping are safe from
 * any thread.
 */
public final class FunctionServer implements AutoCloseable {
  private static final String INVOKER = "com.google.cloud.functions.invoker.runner.Invoker";

  private final Object invoker;
  private final int port;

  private FunctionServer(Object invoker, int port) {
    this.invoker = invoker;
    this.port = port;
  }

  /**
   * Builds the function through its public constructor without parameters and serves it.
   *
   * @param function implements {@code HttpFunction} or {@code CloudEventsFunction}
   * @throws IllegalStateException if the function cannot be built or served; the cause says why
   */
  public static FunctionServer start(Class<?> function) {
    try {
      Object invoker =
          Loader.INSTANCE
              .loadClass(INVOKER)
              .getConstructor(Integer.class, String.class, String.class, ClassLoader.class)
              .newInstance(0, function.getName(), null, function.getClassLoader());
      invoker.getClass().getMethod("startTestServer").invoke(invoker);
      return new FunctionServer(invoker, portOf(invoker));
    } catch (InvocationTargetException e) {
      throw new IllegalStateException("cannot start " + function.getName(), rootOf(e));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this invoker is of another make", e);
    }
  }

  /** The port that the invoker listens on. */
  public int port() {
    return port;
  }

  /** The function's address on this machine, ending without a slash. */
  public URI uri() {
    return URI.create("http://127.0.0.1:" + port);
  }

  /** Stops listening. Requests in flight are not waited for; the function's own drain does that. */
  @Override
  public void close() {
    try {
      invoker.getClass().getMethod("stopServer").invoke(invoker);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot stop the invoker on port " + port, e);
    }
  }

  /** Asks the invoker's server for its port, which it does not tell by itself. */
  private static int portOf(Object invoker) throws ReflectiveOperationException {
    Field field = invoker.getClass().getDeclaredField("server");
    field.setAccessible(true);
    Object server = field.get(invoker);
    URI uri = (URI) server.getClass().getMethod("getURI").invoke(server);
    return uri.getPort();
  }

  private static Throwable rootOf(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null
        && (root instanceof InvocationTargetException || root instanceof RuntimeException)) {
      root = root.getCause();
    }
    return root;
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
