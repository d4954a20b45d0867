package dev.whatsit.local.gateway;

import java.util.Set;
import java.util.TreeSet;

/** Exposes the gateway's routes to tests outside its package. */
public final class RoutedPaths {
  private RoutedPaths() {}

  /** The path templates as the API description writes them. */
  public static Set<String> all() {
    Set<String> paths = new TreeSet<>();
    for (Route route : Route.values()) {
      paths.add(route.template());
    }
    return paths;
  }
}
