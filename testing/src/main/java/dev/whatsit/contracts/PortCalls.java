package dev.whatsit.contracts;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.classification.ModelFiles;
import dev.whatsit.domain.document.DocumentKey;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.document.Query;
import dev.whatsit.domain.document.Write;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.queue.MessageQueue;
import dev.whatsit.domain.queue.Topic;
import dev.whatsit.domain.settings.Settings;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Records each call of a port, forwards it to the real adapter, and fails the calls that a test
 * names. For tests of code that uses the ports. Thread-safe.
 */
public final class PortCalls implements Backend {
  private final Backend backend;
  private final List<String> calls = new CopyOnWriteArrayList<>();
  private final Map<String, Runnable> stepsBefore = new ConcurrentHashMap<>();
  private volatile Planned failBefore = new Planned("", 0);
  private volatile Planned failAfter = new Planned("", 0);

  /** A failure of the nth call with a name, or of every one if {@code nth} is 0. */
  private static final class Planned {
    private final String call;
    private final int nth;
    private final AtomicInteger seen = new AtomicInteger();

    Planned(String call, int nth) {
      this.call = call;
      this.nth = nth;
    }

    boolean isFor(String name) {
      return name.equals(call) && (seen.incrementAndGet() == nth || nth == 0);
    }
  }

  /** Wraps the adapters of a backend. */
  public PortCalls(Backend backend) {
    this.backend = backend;
  }

  /**
   * The names of the calls since the last call of this method. A name is that of the method; for
   * documents followed by the collection of the first one, as in {@code commit images}; for
   * publishing {@code publish}, {@code schedule} or {@code deadLetter}.
   */
  public List<String> take() {
    List<String> taken = List.copyOf(calls);
    calls.clear();
    return taken;
  }

  /** Makes every call with this name fail before it is executed. */
  public void failBefore(String call) {
    failBefore(call, 0);
  }

  /** Makes the nth call with this name from now on, from 1, fail before it is executed. */
  public void failBefore(String call, int nth) {
    failBefore = new Planned(call, nth);
  }

  /** Makes every call with this name succeed but lose its response. */
  public void failAfter(String call) {
    failAfter(call, 0);
  }

  /** Makes the nth call with this name from now on, from 1, succeed but lose its response. */
  public void failAfter(String call, int nth) {
    failAfter = new Planned(call, nth);
  }

  /** Runs a step just before the next call with this name, once. */
  public void before(String call, Runnable step) {
    stepsBefore.put(call, step);
  }

  @Override
  public String name() {
    return backend.name();
  }

  @Override
  public Optional<DocumentStore> documents(Settings settings) {
    return backend.documents(settings).map(real -> watch(DocumentStore.class, real));
  }

  @Override
  public Optional<MessageQueue> messages(Settings settings, Set<Topic> topics) {
    return backend.messages(settings, topics).map(real -> watch(MessageQueue.class, real));
  }

  @Override
  public Optional<ImageStore> images(Settings settings) {
    return backend.images(settings).map(real -> watch(ImageStore.class, real));
  }

  @Override
  public Optional<ImageStore> thumbnails(Settings settings) {
    return backend.thumbnails(settings).map(real -> watch(ImageStore.class, real));
  }

  @Override
  public Optional<ModelFiles> modelFiles(Settings settings) {
    return backend.modelFiles(settings);
  }

  private <P> P watch(Class<P> port, P real) {
    return port.cast(
        Proxy.newProxyInstance(
            port.getClassLoader(),
            new Class<?>[] {port},
            (proxy, method, arguments) -> {
              String name = name(method, arguments);
              if (name.equals("schedules")) {
                // This makes no remote call, so it is not recorded.
                return method.invoke(real);
              }
              calls.add(name);
              Runnable step = stepsBefore.remove(name);
              if (step != null) {
                step.run();
              }
              if (failBefore.isFor(name)) {
                throw new TransientFailure(name + " refused by the test");
              }
              try {
                Object result = method.invoke(real, arguments);
                if (failAfter.isFor(name)) {
                  throw new TransientFailure(name + " lost by the test");
                }
                return result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }

  /**
   * Publishing has a different name for each kind of message, and a document call has a different
   * name for each collection.
   */
  private static String name(Method method, @Nullable Object @Nullable [] arguments) {
    String name = method.getName();
    if (arguments == null || arguments.length == 0) {
      return name;
    }
    if (name.equals("publish")) {
      if (arguments[0] == Topic.DEAD_LETTERS) {
        return "deadLetter";
      }
      return arguments.length == 3 && arguments[2] != null ? "schedule" : "publish";
    }
    Object first =
        arguments[0] instanceof List<?> list && !list.isEmpty() ? list.get(0) : arguments[0];
    if (first instanceof DocumentKey key) {
      return name + " " + key.collection().name();
    }
    if (first instanceof Write write) {
      return name + " " + write.key().collection().name();
    }
    return first instanceof Query query ? name + " " + query.collection().name() : name;
  }
}
