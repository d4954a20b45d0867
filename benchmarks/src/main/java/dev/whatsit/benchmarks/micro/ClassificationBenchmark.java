package dev.whatsit.benchmarks.micro;

import dev.whatsit.benchmarks.PlainLoop;
import dev.whatsit.domain.classification.Classification;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/** Measures decoder and inference session on photos in memory, without queue, HTTP and database. */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 3, time = 2)
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init") // JMH fills the state in before it is used.
public class ClassificationBenchmark {
  private PlainLoop loop;

  /** Loads the model. */
  @Setup
  public void open() {
    loop = PlainLoop.open(64);
  }

  @TearDown
  public void close() {
    loop.close();
  }

  /** Classifies in one thread. */
  @Benchmark
  @Threads(1)
  public Classification oneThread() {
    return loop.next();
  }

  /** Classifies in two threads. */
  @Benchmark
  @Threads(2)
  public Classification twoThreads() {
    return loop.next();
  }
}
