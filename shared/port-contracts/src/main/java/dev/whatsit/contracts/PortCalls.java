package dev.whatsit.contracts;

import dev.whatsit.domain.backend.Backend;
import dev.whatsit.domain.classification.ModelFiles;
import dev.whatsit.domain.document.DocumentStore;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageLinks;
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
import org.jspecify.annotations.Nullable;

/**
 * Notes each call of a port on its way to the real adapter, and fails those that a test names. For
 * tests of what uses the ports. Safe for use by several threads.
 */
public final class PortCalls implements Backend {
  private final Backend backend;
  private final List<String> calls = new CopyOnWriteArrayList<>();
  private final Map<String, Runnable> meanwhile = new ConcurrentHashMap<>();
  private volatile String failBefore = "";
  private volatile String failAfter = "";

  /** Around the adapters of this backend. */
  public PortCalls(Backend backend) {
    this.backend = backend;
  }

  /**
   * The names of the calls since the last time: those of the methods, and for what is published to
   * a queue {@code publish}, {@code schedule} or {@code deadLetter}.
   */
  public List<String> take() {
    List<String> taken = List.copyOf(calls);
    calls.clear();
    return taken;
  }

  /** The named call fails without having done anything. */
  public void failBefore(String call) {
    failBefore = call;
  }

  /** The named call does its work and its answer is lost. */
  public void failAfter(String call) {
    failAfter = call;
  }

  /** Something happens just before the named call, once. */
  public void before(String call, Runnable step) {
    meanwhile.put(call, step);
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

  @Override
  public Optional<ImageLinks> imageLinks(Settings settings) {
    return backend.imageLinks(settings);
  }

  @Override
  public Optional<ImageLinks> thumbnailLinks(Settings settings) {
    return backend.thumbnailLinks(settings);
  }

  private <P> P watch(Class<P> port, P real) {
    return port.cast(
        Proxy.newProxyInstance(
            port.getClassLoader(),
            new Class<?>[] {port},
            (proxy, method, arguments) -> {
              String name = name(method, arguments);
              if (name.equals("schedules")) {
                // Asks nobody.
                return method.invoke(real);
              }
              calls.add(name);
              Runnable step = meanwhile.remove(name);
              if (step != null) {
                step.run();
              }
              if (name.equals(failBefore)) {
                throw new TransientFailure(name + " refused by the test");
              }
              try {
                Object result = method.invoke(real, arguments);
                if (name.equals(failAfter)) {
                  throw new TransientFailure(name + " lost by the test");
                }
                return result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }

  /** What a queue does with a message is another call for each kind of message. */
  private static String name(Method method, @Nullable Object @Nullable [] arguments) {
    if (arguments == null || arguments.length == 0 || !method.getName().equals("publish")) {
      return method.getName();
    }
    if (arguments[0] == Topic.DEAD_LETTERS) {
      return "deadLetter";
    }
    return arguments.length == 3 && arguments[2] != null ? "schedule" : "publish";
  }
}
