package dev.whatsit.deployment;

import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** Reads the memory use of another JVM, over JMX. */
final class Memory implements AutoCloseable {
  private final long pid;
  private final JMXConnector connector;
  private final MemoryMXBean heap;
  private final ThreadMXBean threads;

  private Memory(long pid, JMXConnector connector) throws IOException {
    this.pid = pid;
    this.connector = connector;
    this.heap =
        ManagementFactory.getPlatformMXBean(
            connector.getMBeanServerConnection(), MemoryMXBean.class);
    this.threads =
        ManagementFactory.getPlatformMXBean(
            connector.getMBeanServerConnection(), ThreadMXBean.class);
  }

  /**
   * One measurement.
   *
   * @param liveBytes the used heap after a full collection
   * @param residentBytes of the whole process; 0 where there is no {@code /proc}
   * @param threads Java threads, without those of the invoker's pool: they start in a burst of
   *     requests and end afterwards, one a minute
   */
  record Sample(long liveBytes, long residentBytes, int threads) {}

  @SuppressWarnings("BanJNDI") // The peer is a process that this test started.
  static Memory of(FunctionProcess function) throws IOException {
    try {
      VirtualMachine machine = VirtualMachine.attach(String.valueOf(function.pid()));
      try {
        return new Memory(
            function.pid(),
            JMXConnectorFactory.connect(new JMXServiceURL(machine.startLocalManagementAgent())));
      } finally {
        machine.detach();
      }
    } catch (AttachNotSupportedException e) {
      throw new IOException("cannot ask process " + function.pid() + " for its memory", e);
    }
  }

  Sample sample() throws IOException {
    // Twice: objects that the first collection finds unreachable through a reference are freed by
    // the second one.
    heap.gc();
    heap.gc();
    return new Sample(heap.getHeapMemoryUsage().getUsed(), resident(), ownThreads());
  }

  private int ownThreads() {
    ThreadInfo[] found = threads.getThreadInfo(threads.getAllThreadIds());
    // Null for a thread that has ended since; the name prefix is that of Jetty's pool.
    return (int)
        Arrays.stream(found)
            .filter(thread -> thread != null && !thread.getThreadName().startsWith("qtp"))
            .count();
  }

  private long resident() throws IOException {
    Path status = Path.of("/proc", String.valueOf(pid), "status");
    if (!Files.isReadable(status)) {
      return 0;
    }
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
        .findAny()
        .orElse(0);
  }

  @Override
  public void close() throws IOException {
    connector.close();
  }
}
