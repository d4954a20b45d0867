package dev.whatsit.pubsub;

import com.google.pubsub.v1.PublishRequest;
import com.google.pubsub.v1.PublishResponse;
import com.sun.net.httpserver.HttpServer;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.TlsServerCredentials;
import io.grpc.okhttp.OkHttpServerBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCalls;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;

/**
 * The environment of a function on Google Cloud, as far as Pub/Sub is concerned: the service under
 * its real name behind TLS, reached through a proxy, and the metadata server that issues tokens.
 */
final class TlsPubSub implements AutoCloseable {
  static final String TOKEN = "token-of-the-metadata-server";
  static final String MESSAGE_ID = "4711";

  private static final Context.Key<String> AUTHORIZATION = Context.key("authorization");
  private static final String HOST = "pubsub.googleapis.com";
  private static final String PASSWORD = "changeit";
  private final List<String> calls = new CopyOnWriteArrayList<>();
  private final Path trustStore;
  private final Server service;
  private final HttpServer metadata;
  private final ServerSocket proxy;

  TlsPubSub(Path folder) throws Exception {
    Path keys = folder.resolve("keys.p12");
    Path certificate = folder.resolve("certificate.pem");
    trustStore = folder.resolve("trust.p12");
    keytool(
        "-genkeypair -alias service -keyalg EC -dname CN=%s -ext san=dns:%s -keystore %s",
        HOST, HOST, keys);
    keytool("-exportcert -rfc -alias service -keystore %s -file %s", keys, certificate);
    keytool("-importcert -noprompt -alias service -file %s -keystore %s", certificate, trustStore);
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(keys)) {
      store.load(in, PASSWORD.toCharArray());
    }
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, PASSWORD.toCharArray());
    service =
        OkHttpServerBuilder.forPort(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                TlsServerCredentials.newBuilder().keyManager(factory.getKeyManagers()).build())
            .addService(publisher())
            .intercept(new Authorization())
            .build()
            .start();
    metadata = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    metadata.createContext(
        "/",
        exchange -> {
          try (exchange) {
            String path = exchange.getRequestURI().getPath();
            byte[] answer =
                (path.endsWith("/token")
                        ? "{\"access_token\":\"" + TOKEN + "\",\"expires_in\":3600}"
                        : "googleapis.com")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Metadata-Flavor", "Google");
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
          }
        });
    metadata.start();
    proxy = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    daemon(this::acceptTunnels);
  }

  /** The options of a Java process in this environment. */
  List<String> javaOptions() {
    return List.of(
        "-Dhttps.proxyHost=127.0.0.1",
        "-Dhttps.proxyPort=" + proxy.getLocalPort(),
        "-Djavax.net.ssl.trustStore=" + trustStore,
        "-Djavax.net.ssl.trustStorePassword=" + PASSWORD);
  }

  /** The address of the metadata server for that process: {@code GCE_METADATA_HOST}. */
  String metadataHost() {
    return "127.0.0.1:" + metadata.getAddress().getPort();
  }

  /** The topic of each request to publish, with the request's authorization. */
  List<String> calls() {
    return calls;
  }

  @Override
  public void close() throws IOException {
    proxy.close();
    metadata.stop(0);
    service.shutdownNow();
  }

  private static void keytool(String line, Object... values) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(String.format(line + " -storepass " + PASSWORD, values).split(" ", -1)));
    command.add(0, Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(1, TimeUnit.MINUTES) || process.exitValue() != 0) {
      throw new IllegalStateException(command + ": " + output);
    }
  }

  /** Accepts CONNECT requests (RFC 9110 section 9.3.6), to this one service only. */
  private void acceptTunnels() {
    try {
      while (true) {
        Socket client = proxy.accept();
        daemon(() -> tunnel(client));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private void tunnel(Socket client) {
    try (client) {
      StringBuilder head = new StringBuilder();
      while (head.indexOf("\r\n\r\n") < 0) {
        int next = client.getInputStream().read();
        if (next < 0) {
          return;
        }
        head.append((char) next);
      }
      boolean known = head.toString().startsWith("CONNECT " + HOST + ":443 ");
      client
          .getOutputStream()
          .write(
              ("HTTP/1.1 " + (known ? "200 OK" : "403 Forbidden") + "\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      if (!known) {
        return;
      }
      try (Socket server = new Socket(InetAddress.getLoopbackAddress(), service.getPort())) {
        Thread back = daemon(() -> copy(server, client));
        copy(client, server);
        back.join(TimeUnit.MINUTES.toMillis(1));
      }
    } catch (IOException e) {
      // The other side is gone.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void copy(Socket from, Socket to) {
    try {
      OutputStream out = to.getOutputStream();
      from.getInputStream().transferTo(out);
      to.shutdownOutput();
    } catch (IOException e) {
      // The other side is gone.
    }
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "tls-pubsub");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private ServerServiceDefinition publisher() {
    String service = "google.pubsub.v1.Publisher";
    PublishResponse response = PublishResponse.newBuilder().addMessageIds(MESSAGE_ID).build();
    return ServerServiceDefinition.builder(service)
        .addMethod(
            MethodDescriptor.<PublishRequest, PublishResponse>newBuilder()
                .setType(MethodDescriptor.MethodType.UNARY)
                .setFullMethodName(MethodDescriptor.generateFullMethodName(service, "Publish"))
                .setRequestMarshaller(ProtoUtils.marshaller(PublishRequest.getDefaultInstance()))
                .setResponseMarshaller(ProtoUtils.marshaller(response))
                .build(),
            ServerCalls.asyncUnaryCall(
                (request, observer) -> {
                  calls.add(request.getTopic() + " " + AUTHORIZATION.get());
                  observer.onNext(response);
                  observer.onCompleted();
                }))
        .build();
  }

  private static final class Authorization implements ServerInterceptor {
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
      String value =
          headers.get(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER));
      return Contexts.interceptCall(
          Context.current().withValue(AUTHORIZATION, String.valueOf(value)), call, headers, next);
    }
  }
}
