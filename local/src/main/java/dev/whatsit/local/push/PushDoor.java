package dev.whatsit.local.push;

import com.google.cloud.functions.HttpFunction;
import com.google.cloud.functions.HttpRequest;
import com.google.cloud.functions.HttpResponse;
import dev.whatsit.http.Drain;
import dev.whatsit.local.metrics.LocalMetrics;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What Cloud Run does before a function that Pub/Sub pushes to: lets in so many at the same moment,
 * has the others wait, and refuses with 429 who waited for too long, so that the message comes
 * again. It counts what becomes of each, too. Thread-safe.
 */
public final class PushDoor implements HttpFunction {
  private static final int TOO_MANY_REQUESTS = 429;

  private final HttpFunction function;
  private final String name;
  private final Semaphore room;
  private final Duration maxWait;
  private final LocalMetrics metrics;
  private final AtomicInteger inFlight = new AtomicInteger();
  private final Drain drain = new Drain();

  /**
   * A door.
   *
   * @param name of the function
   * @param concurrency how many messages are let in at the same moment, at least 1
   * @param maxWait of a message before the door; with what the function may take it must be
   *     below the acknowledgement deadline
   */
  public PushDoor(
      HttpFunction function,
      String name,
      int concurrency,
      Duration maxWait,
      LocalMetrics metrics) {
    this.function = function;
    this.name = name;
    this.room = new Semaphore(concurrency, true);
    this.maxWait = maxWait;
    this.metrics = metrics;
  }

  @Override
  public void service(HttpRequest request, HttpResponse response) throws Exception {
    if (!"POST".equals(request.getMethod())) {
      // Health, which has to be told however much is under way.
      function.service(request, response);
      return;
    }
    inFlight.incrementAndGet();
    try (Drain.InFlight counted = drain.enter()) {
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

  /** Messages that have not been answered yet, those that wait before the door among them. */
  public int inFlight() {
    return inFlight.get();
  }

  /**
   * Waits until nothing is in flight.
   *
   * @param longest how long at most
   */
  public void drain(Duration longest) {
    drain.await(longest);
  }
}
