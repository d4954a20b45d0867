package dev.whatsit.local.push;

import com.google.cloud.functions.HttpFunction;
import com.google.cloud.functions.HttpRequest;
import com.google.cloud.functions.HttpResponse;
import dev.whatsit.http.GracefulShutdown;
import dev.whatsit.local.metrics.LocalMetrics;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Limits the concurrent messages of a function that Pub/Sub pushes to, as Cloud Run does. Further
 * messages wait. A message that waits too long gets 429, so that Pub/Sub redelivers it. The results
 * are counted as metrics. Thread-safe.
 */
public final class PushLimiter implements HttpFunction {
  private static final int TOO_MANY_REQUESTS = 429;

  private final HttpFunction function;
  private final String name;
  private final Semaphore room;
  private final Duration maxWait;
  private final LocalMetrics metrics;
  private final AtomicInteger inFlight = new AtomicInteger();
  private final GracefulShutdown shutdown = new GracefulShutdown();

  /**
   * Creates the limit of a function.
   *
   * @param name the function's name, for metrics
   * @param concurrency maximum concurrent messages, at least 1
   * @param maxWait maximum wait of a message; together with the function's timeout it must not
   *     exceed the acknowledgement deadline
   */
  public PushLimiter(
      HttpFunction function, String name, int concurrency, Duration maxWait, LocalMetrics metrics) {
    this.function = function;
    this.name = name;
    this.room = new Semaphore(concurrency, true);
    this.maxWait = maxWait;
    this.metrics = metrics;
  }

  @Override
  public void service(HttpRequest request, HttpResponse response) throws Exception {
    if (!"POST".equals(request.getMethod())) {
      // A health check: it must not wait behind messages.
      function.service(request, response);
      return;
    }
    inFlight.incrementAndGet();
    try (GracefulShutdown.InFlight counted = shutdown.enter()) {
      push(request, new CountedResponse(response));
    } finally {
      inFlight.decrementAndGet();
    }
  }

  private void push(HttpRequest request, CountedResponse response) throws Exception {
    long begun = System.nanoTime();
    String result = "failed";
    try {
      if (!room.tryAcquire(maxWait.toNanos(), TimeUnit.NANOSECONDS)) {
        response.setStatusCode(TOO_MANY_REQUESTS);
        result = "refused";
        return;
      }
      try {
        function.service(request, response);
        result = response.isSuccess() ? "acknowledged" : "retried";
      } finally {
        room.release();
      }
    } finally {
      metrics.delivered(name, result, Duration.ofNanos(System.nanoTime() - begun));
    }
  }

  /** The number of messages without a response yet, including those that wait. */
  public int inFlight() {
    return inFlight.get();
  }

  /**
   * Waits until nothing is in flight.
   *
   * @param timeout maximum time to wait
   */
  public void awaitIdle(Duration timeout) {
    shutdown.await(timeout);
  }
}
