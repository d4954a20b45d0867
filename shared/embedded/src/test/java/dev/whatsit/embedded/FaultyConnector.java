package dev.whatsit.embedded;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.sqlite.SQLiteConfig;

/** The real driver, with failures of chosen statements. */
final class FaultyConnector implements Database.Connector {
  private record Fault(String beginning, boolean afterwards, AtomicInteger countdown) {}

  private final AtomicReference<Fault> next = new AtomicReference<>();
  private final AtomicInteger prepared = new AtomicInteger();
  private final AtomicInteger commits = new AtomicInteger();
  private final AtomicInteger runs = new AtomicInteger();
  private volatile boolean everyThird;

  /** Runs the next statement with this beginning, then makes it fail. */
  void failAfter(String beginning) {
    failAfter(beginning, 1);
  }

  /** Runs the n-th statement from now with this beginning, then makes it fail. */
  void failAfter(String beginning, int n) {
    next.set(new Fault(beginning, true, new AtomicInteger(n)));
  }

  /** Makes the next statement with this beginning fail without running it. */
  void failBefore(String beginning) {
    next.set(new Fault(beginning, false, new AtomicInteger(1)));
  }

  /**
   * Makes every third transaction or read fail before it begins, until the returned object is
   * closed.
   */
  AutoCloseable failEveryThird() {
    everyThird = true;
    return () -> everyThird = false;
  }

  /** How many statements were prepared so far. */
  int prepared() {
    return prepared.get();
  }

  /** How many transactions were committed so far. */
  int commits() {
    return commits.get();
  }

  @Override
  public Connection connect(SQLiteConfig config, String url) throws SQLException {
    Connection connection = config.createConnection(url);
    return proxy(
        Connection.class,
        (method, arguments) -> {
          Object result = call(connection, method, arguments);
          if (method.getName().equals("prepareStatement")) {
            prepared.incrementAndGet();
            return statement((PreparedStatement) result, (String) arguments[0]);
          }
          return result;
        });
  }

  private PreparedStatement statement(PreparedStatement statement, String sql) {
    return proxy(
        PreparedStatement.class,
        (method, arguments) -> {
          boolean runs = method.getName().startsWith("execute");
          if (runs) {
            if (everyThird && beginsCall(sql) && this.runs.incrementAndGet() % 3 == 0) {
              throw new SQLException("[SQLITE_IOERR] every third one is made to fail");
            }
            fail(sql, false);
          }
          Object result = call(statement, method, arguments);
          if (runs) {
            if (sql.equals("COMMIT")) {
              commits.incrementAndGet();
            }
            fail(sql, true);
          }
          return result;
        });
  }

  private static boolean beginsCall(String sql) {
    return sql.startsWith("BEGIN")
        || sql.startsWith("SELECT id")
        || sql.startsWith("SELECT d.id")
        || sql.startsWith("SELECT count");
  }

  private void fail(String sql, boolean afterwards) throws SQLException {
    Fault fault = next.get();
    if (fault != null
        && fault.afterwards() == afterwards
        && sql.startsWith(fault.beginning())
        && fault.countdown().decrementAndGet() == 0) {
      next.set(null);
      throw new SQLException("[SQLITE_FULL] made to fail at " + fault.beginning());
    }
  }

  @FunctionalInterface
  private interface Call {
    Object invoke(Method method, Object[] arguments) throws Throwable;
  }

  private static <T> T proxy(Class<T> type, Call call) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> call.invoke(method, arguments)));
  }

  private static Object call(Object target, Method method, Object[] arguments) throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
