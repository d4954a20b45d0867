package dev.whatsit.local.metrics;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The metrics of one local server, in a registry of its own. Every label has a bounded number of
 * values. Thread-safe.
 */
public final class LocalMetrics {
  /** The content type of {@link #exposition}. */
  public static final String CONTENT_TYPE = PrometheusTextFormatWriter.CONTENT_TYPE;

  private static final Set<String> METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT");
  private static final double NANOS = 1e9;

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final Counter requests =
      Counter.builder()
          .name("whatsit_http_requests_total")
          .help("Requests that the gateway answered.")
          .labelNames("route", "method", "status")
          .register(registry);
  private final Histogram seconds =
      Histogram.builder()
          .name("whatsit_http_request_duration_seconds")
          .help("From a request's headers to the end of its response.")
          .classicOnly()
          .classicUpperBounds(
              0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120)
          .labelNames("route")
          .register(registry);
  private final Counter deliveries =
      Counter.builder()
          .name("whatsit_deliveries_total")
          .help("Messages that were delivered to event functions, by what became of them.")
          .labelNames("function", "result")
          .register(registry);
  private final Histogram deliverySeconds =
      Histogram.builder()
          .name("whatsit_delivery_duration_seconds")
          .help("One delivery to an event function, to its response.")
          .labelNames("function")
          .classicOnly()
          .classicUpperBounds(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
          .register(registry);

  /** Creates the metrics, including those of the JVM. */
  public LocalMetrics() {
    JvmMetrics.builder().register(registry);
  }

  /** Counts a response and its duration. */
  public void answered(String route, String method, int status, Duration took) {
    requests.labelValues(route, known(method), Integer.toString(status)).inc();
    seconds.labelValues(route).observe(took.toNanos() / NANOS);
  }

  /** Counts a request that the server refused before it was routed. */
  public void refusedByServer(String method, int status) {
    requests.labelValues("none", known(method), Integer.toString(status)).inc();
  }

  /** Counts a delivery and its duration. */
  public void delivered(String function, String result, Duration took) {
    deliveries.labelValues(function, result).inc();
    deliverySeconds.labelValues(function).observe(took.toNanos() / NANOS);
  }

  /** Adds a gauge that is read at each scrape. */
  public void gauge(String name, String help, LongSupplier value) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .callback(callback -> callback.call((double) value.getAsLong()))
        .register(registry);
  }

  /** Adds a gauge with several values, keyed by label values, read together at each scrape. */
  public void gauges(
      String name, String help, List<String> labels, Supplier<Map<List<String>, Long>> values) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .labelNames(labels.toArray(String[]::new))
        .callback(
            callback ->
                values
                    .get()
                    .forEach(
                        (key, value) -> callback.call((double) value, key.toArray(String[]::new))))
        .register(registry);
  }

  /** All metrics in Prometheus's text format. */
  public byte[] exposition() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      PrometheusTextFormatWriter.create().write(out, registry.scrape());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write into memory", e);
    }
    return out.toByteArray();
  }

  /** Limits the label's values: a client may send any word as its method. */
  private static String known(String method) {
    return METHODS.contains(method) ? method : "other";
  }
}
