package dev.whatsit.local.gateway;

import java.util.Set;
import java.util.TreeSet;

/** What the gateway routes, for tests outside its package. */
public final class RoutedPaths {
  private RoutedPaths() {}

  /** The paths as the API's description writes them. */
  public static Set<String> all() {
    Set<String> paths = new TreeSet<>();
    for (Route route : Route.values()) {
      paths.add(route.template());
    }
    return paths;
  }
}
