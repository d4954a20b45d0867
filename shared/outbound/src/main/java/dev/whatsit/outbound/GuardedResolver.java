package dev.whatsit.outbound;

import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.outbound.OutboundFailure.Reason;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Resolves host names to addresses that the guard permits, so that the addresses that were checked
 * are those that are connected to. Thread-safe.
 */
final class GuardedResolver implements AutoCloseable {
  /**
   * The limit of concurrent lookups. A lookup cannot be interrupted, so those that outlast their
   * request must not accumulate.
   */
  private static final int MAX_LOOKUPS = 64;

  /**
   * A name may resolve to hundreds of addresses, and its owner must not make us connect to all of
   * them.
   */
  private static final int MAX_ADDRESSES = 4;

  private final AddressGuard guard;
  private final Lookup lookup;
  private final ThreadPoolExecutor threads =
      new ThreadPoolExecutor(
          0,
          MAX_LOOKUPS,
          10,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          work -> OutboundClient.daemon(work, "outbound-lookup"));

  GuardedResolver(AddressGuard guard, Lookup lookup) {
    this.guard = guard;
    this.lookup = lookup;
  }

  /**
   * Resolves a URL's host, by one lookup unless it is a literal address.
   *
   * @return one to {@value #MAX_ADDRESSES} addresses, all of them permitted
   * @throws OutboundFailure {@link Reason#FORBIDDEN} if any of the addresses is not permitted,
   *     {@link Reason#UNREACHABLE} if there is none, or {@link Reason#TIMEOUT}
   * @throws TransientFailure if too many names are being looked up at this moment
   */
  List<InetAddress> resolve(OutboundUrl url, Deadline deadline) {
    List<InetAddress> addresses =
        url.literal().map(List::of).orElseGet(() -> lookUp(url.host(), deadline));
    guard.requirePermitted(addresses);
    return addresses.subList(0, Math.min(addresses.size(), MAX_ADDRESSES));
  }

  private List<InetAddress> lookUp(String host, Deadline deadline) {
    Future<List<InetAddress>> found;
    try {
      found = threads.submit(() -> lookup.addressesOf(host));
    } catch (RejectedExecutionException e) {
      throw new TransientFailure("outbound: too many names are being looked up", e);
    }
    try {
      List<InetAddress> addresses = found.get(deadline.millisLeft(), TimeUnit.MILLISECONDS);
      if (addresses.isEmpty()) {
        throw unknown(null);
      }
      return addresses;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownHostException) {
        throw unknown(e);
      }
      throw new IllegalStateException("cannot look up a name", e.getCause());
    } catch (TimeoutException e) {
      throw Deadline.timeout();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TransientFailure("outbound: interrupted while a name was looked up", e);
    }
  }

  private static OutboundFailure unknown(@Nullable Throwable cause) {
    return new OutboundFailure(Reason.UNREACHABLE, "The host's name is not known.", cause);
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
