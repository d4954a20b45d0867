package dev.whatsit.benchmarks.coldstart;

import com.google.cloud.functions.HttpFunction;
import com.google.cloud.functions.HttpRequest;
import com.google.cloud.functions.HttpResponse;
import java.io.IOException;

/** The minimal function that the others are compared with. */
public final class Hello implements HttpFunction {
  /** Called by the Functions Framework. */
  public Hello() {}

  @Override
  public void service(HttpRequest request, HttpResponse response) throws IOException {
    response.getWriter().write("hello");
  }
}
