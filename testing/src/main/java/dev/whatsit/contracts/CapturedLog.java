package dev.whatsit.contracts;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Collects what one class logs, until it is closed. Thread-safe. */
public final class CapturedLog implements AutoCloseable {
  /** Held strongly: {@code java.util.logging} keeps only weak references to loggers. */
  private final Logger logger;

  private final BlockingQueue<LogRecord> entries = new LinkedBlockingQueue<>();
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord entry) {
          entries.add(entry);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  /** Starts collecting. */
  public CapturedLog(Class<?> source) {
    this.logger = Logger.getLogger(source.getName());
    logger.addHandler(handler);
  }

  /** The entries so far, in order. */
  public BlockingQueue<LogRecord> entries() {
    return entries;
  }

  @Override
  public void close() {
    logger.removeHandler(handler);
  }
}
