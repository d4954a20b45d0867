package dev.whatsit.benchmarks.coldstart;

import com.google.cloud.functions.HttpFunction;
import com.google.cloud.functions.HttpRequest;
import com.google.cloud.functions.HttpResponse;
import java.io.IOException;

/** The function of one line that the others are compared with. */
public final class Hello implements HttpFunction {
  /** As the Functions Framework builds it. */
  public Hello() {}

  @Override
  public void service(HttpRequest request, HttpResponse response) throws IOException {
    response.getWriter().write("hello");
  }
}
