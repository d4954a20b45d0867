package dev.whatsit.contracts;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;

/** Runs several callers that start at the same moment. */
public final class Race {
  private static final long MINUTES = 2;

  private Race() {}

  /**
   * Returns the result of each caller, in the order of their numbers. Throws the failure of the
   * first one that failed.
   *
   * @param racers the number of callers; each has its own thread
   */
  public static <T> List<T> of(int racers, IntFunction<Callable<T>> racer) throws Exception {
    CyclicBarrier start = new CyclicBarrier(racers);
    ExecutorService threads = Executors.newFixedThreadPool(racers);
    try {
      List<Future<T>> futures = new ArrayList<>();
      for (int i = 0; i < racers; i++) {
        Callable<T> call = racer.apply(i);
        futures.add(
            threads.submit(
                () -> {
                  start.await(MINUTES, TimeUnit.MINUTES);
                  return call.call();
                }));
      }
      List<T> results = new ArrayList<>();
      for (Future<T> future : futures) {
        results.add(future.get(MINUTES, TimeUnit.MINUTES));
      }
      return results;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw e;
    } finally {
      threads.shutdownNow();
    }
  }
}
