package dev.whatsit.storage.gcs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.api.client.http.javanet.NetHttpTransport;
import com.google.auth.Credentials;
import com.google.auth.oauth2.AccessToken;
import com.google.auth.oauth2.ComputeEngineCredentials;
import com.google.auth.oauth2.GoogleCredentials;
import com.google.auth.oauth2.OAuth2Credentials;
import com.google.auth.oauth2.ServiceAccountCredentials;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageBytes;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageStore;
import dev.whatsit.domain.image.ImageStore.Put;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.storage.fake.Call;
import dev.whatsit.storage.fake.Call.Action;
import dev.whatsit.storage.fake.Fault;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Links signed as on Google Cloud: Google's own credentials get their account and a token from a
 * metadata server, and the IAM API signs.
 */
class SignedLinksTest {
  private static final String ACCOUNT = "status@whatsit-test.iam.gserviceaccount.com";

  private final ImageDescription image = Samples.image(Samples.bytes(1, 64));
  private final List<String> metadataPaths = new CopyOnWriteArrayList<>();
  private LinkReader reader;
  private HttpServer metadata;
  private ImageStore links;

  @BeforeEach
  void start(@TempDir Path folder) throws IOException {
    reader = new LinkReader(folder);
    metadata = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    metadata.createContext("/", this::serveMetadata);
    metadata.start();
    links = links(this::computeEngine, Map.of());
  }

  @AfterEach
  void stop() {
    metadata.stop(0);
    reader.close();
  }

  @Test
  void link_manyAtOnceAndLater_isOneRemoteCallALinkAndHalfLife() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(32);
    try {
      List<Future<URI>> signed = new ArrayList<>();
      for (int i = 0; i < 32; i++) {
        signed.add(threads.submit(() -> links.link(image, Samples.NOW)));
      }
      for (Future<URI> link : signed) {
        assertThat(link.get()).isEqualTo(links.link(image, Samples.NOW));
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(actions()).containsExactly(Action.SIGN_BLOB);
    Call call = reader.storage().calls().get(0);
    assertThat(call.target()).isEqualTo("/v1/projects/-/serviceAccounts/" + ACCOUNT + ":signBlob");
    assertThat(call.authorization()).hasValue("Bearer token-1");
    // The account and the token, each once.
    assertThat(metadataPaths).doesNotHaveDuplicates();

    links.link(image, Samples.NOW.plus(Samples.LINK_LIFETIME.dividedBy(2)));

    assertThat(actions()).containsExactly(Action.SIGN_BLOB, Action.SIGN_BLOB);
  }

  @Test
  void link_overALifetime_isSignedThreeTimesAtMost() {
    Set<URI> seen = new HashSet<>();
    for (int second = 0; second < Samples.LINK_LIFETIME.toSeconds(); second++) {
      seen.add(links.link(image, Samples.NOW.plusSeconds(second)));
    }

    assertThat(seen).hasSizeBetween(2, 3);
    assertThat(actions()).hasSize(seen.size()).containsOnly(Action.SIGN_BLOB);
  }

  @Test
  void link_accountWithAKey_isSignedInEveryProcessAlikeWithoutACall() throws Exception {
    KeyPair pair = KeyPairGenerator.getInstance("RSA").generateKeyPair();
    reader.storage().trust(ACCOUNT, pair.getPublic());
    Credentials key =
        ServiceAccountCredentials.newBuilder()
            .setClientEmail(ACCOUNT)
            .setPrivateKey(pair.getPrivate())
            .setPrivateKeyId("throw-away")
            .build();

    URI link = links(() -> key, Map.of()).link(image, Samples.NOW);

    assertThat(links(() -> key, Map.of()).link(image, Samples.NOW)).isEqualTo(link);
    assertThat(reader.storage().calls()).isEmpty();
    assertThat(reader.open(link, Samples.NOW).headers().firstValue("Content-Disposition"))
        .hasValue("inline");
  }

  @Test
  void everyCall_noCredentialsAtFirst_failsAndLooksForThemAgain() {
    AtomicInteger searches = new AtomicInteger();
    ImageStore store =
        links(
            () -> {
              if (searches.incrementAndGet() <= 2) {
                throw new IOException("Your default credentials were not found.");
              }
              return computeEngine();
            },
            Map.of());

    assertThatThrownBy(store::check)
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("default credentials");
    assertThatThrownBy(() -> store.link(image, Samples.NOW))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("default credentials");
    assertThat(store.link(image, Samples.NOW)).isEqualTo(links.link(image, Samples.NOW));
  }

  @Test
  void severalPorts_ofOneBackend_lookForCredentialsOnceAtTheFirstCall() {
    AtomicInteger searches = new AtomicInteger();
    GcsBackend backend =
        backend(
            () -> {
              searches.incrementAndGet();
              return computeEngine();
            });
    Settings settings = Settings.of(Map.of("IMAGE_BUCKET", Samples.BUCKET));
    ImageStore images = backend.images(settings).orElseThrow();
    ImageStore thumbnails = backend.thumbnails(settings).orElseThrow();

    assertThat(searches).hasValue(0);
    images.check();
    images.link(image, Samples.NOW);
    thumbnails.link(image, Samples.NOW);
    thumbnails.check();

    assertThat(searches).hasValue(1);
    assertThat(metadataPaths).doesNotHaveDuplicates();
  }

  @Test
  void link_mayNotSign_failsForNowAndNamesTheAccount() {
    reader.storage().fail(call -> Fault.status(403));

    assertThatThrownBy(() -> links.link(image, Samples.NOW))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("sign a link to image " + image.hash())
        .hasMessageContaining(ACCOUNT + ": ")
        .hasMessageContaining("403");
    assertThat(actions()).containsExactly(Action.SIGN_BLOB);
  }

  @Test
  void link_accountOfTheSettings_signs() throws Exception {
    ImageStore others =
        links(this::computeEngine, Map.of("LINK_SERVICE_ACCOUNT", "links@other.example"));

    URI link = others.link(image, Samples.NOW);

    assertThat(link.toString()).contains("links%40other.example");
    assertThat(reader.follow(link, Samples.NOW)).isPresent();
  }

  @Test
  void link_credentialsThatCannotSign_saysWhatToSet() {
    ImageStore person =
        links(() -> GoogleCredentials.create(new AccessToken("person", farAway())), Map.of());

    assertThatThrownBy(() -> person.link(image, Samples.NOW))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining("LINK_SERVICE_ACCOUNT");
  }

  @Test
  void put_tokenWasRevoked_isTriedAgainWithANewOne() {
    AtomicInteger tokens = new AtomicInteger();
    ImageStore store =
        links(
            () ->
                new OAuth2Credentials() {
                  private static final long serialVersionUID = 1L;

                  @Override
                  public AccessToken refreshAccessToken() {
                    return new AccessToken("fresh-" + tokens.incrementAndGet(), farAway());
                  }
                },
            Map.of());
    reader
        .storage()
        .fail(
            call ->
                call.authorization().equals(Optional.of("Bearer fresh-1"))
                    ? Fault.status(401)
                    : Fault.NONE);
    byte[] content = Samples.bytes(1, 64);

    assertThat(store.putIfAbsent(image, ImageBytes.of(content))).isEqualTo(Put.STORED);

    assertThat(reader.storage().calls())
        .extracting(call -> call.authorization().orElse(""))
        .containsExactly("Bearer fresh-1", "Bearer fresh-2");
  }

  private List<Action> actions() {
    return reader.storage().calls().stream().map(Call::action).toList();
  }

  private ImageStore links(Callable<Credentials> credentials, Map<String, String> more) {
    Map<String, String> values = new HashMap<>(more);
    values.put("IMAGE_BUCKET", Samples.BUCKET);
    values.put("LINK_LIFETIME_SECONDS", Long.toString(Samples.LINK_LIFETIME.toSeconds()));
    return backend(credentials).images(Settings.of(values)).orElseThrow();
  }

  private GcsBackend backend(Callable<Credentials> credentials) {
    return new GcsBackend(reader.storage().endpoint(), credentials);
  }

  private static Date farAway() {
    return Date.from(Instant.parse("2100-01-01T00:00:00Z"));
  }

  /** Google's credentials of a function, which use the metadata server of this test. */
  private Credentials computeEngine() {
    return ComputeEngineCredentials.newBuilder()
        .setHttpTransportFactory(
            () ->
                new NetHttpTransport.Builder()
                    .setConnectionFactory(
                        url ->
                            (HttpURLConnection)
                                new URL(
                                        "http",
                                        "127.0.0.1",
                                        metadata.getAddress().getPort(),
                                        url.getFile())
                                    .openConnection())
                    .build())
        .build();
  }

  private void serveMetadata(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    metadataPaths.add(path);
    String body = "";
    if (path.endsWith("/service-accounts/default/email")) {
      body = ACCOUNT;
    } else if (path.endsWith("/service-accounts/default/token")) {
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      body = "{\"access_token\":\"token-1\",\"expires_in\":3599,\"token_type\":\"Bearer\"}";
    }
    exchange.getResponseHeaders().set("Metadata-Flavor", "Google");
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(body.isEmpty() ? 404 : 200, bytes.length == 0 ? -1 : bytes.length);
    try (var out = exchange.getResponseBody()) {
      out.write(bytes);
    }
  }
}
