package dev.whatsit.local.push;

import com.google.cloud.functions.HttpResponse;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A response that records its status, because the framework's response has no getter for it. */
final class CountedResponse implements HttpResponse {
  private final HttpResponse response;
  private int status = 200;

  CountedResponse(HttpResponse response) {
    this.response = response;
  }

  /** Whether the status acks a message. */
  boolean isSuccess() {
    return status >= 200 && status < 300;
  }

  @Override
  public void setStatusCode(int code) {
    status = code;
    response.setStatusCode(code);
  }

  @Override
  public void setStatusCode(int code, String message) {
    status = code;
    response.setStatusCode(code, message);
  }

  @Override
  public void setContentType(String contentType) {
    response.setContentType(contentType);
  }

  @Override
  public Optional<String> getContentType() {
    return response.getContentType();
  }

  @Override
  public void appendHeader(String header, String value) {
    response.appendHeader(header, value);
  }

  @Override
  public Map<String, List<String>> getHeaders() {
    return response.getHeaders();
  }

  @Override
  public OutputStream getOutputStream() throws IOException {
    return response.getOutputStream();
  }

  @Override
  public BufferedWriter getWriter() throws IOException {
    return response.getWriter();
  }
}
