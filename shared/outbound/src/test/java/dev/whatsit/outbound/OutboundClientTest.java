package dev.whatsit.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.whatsit.outbound.AddressGuard.Accepted;
import dev.whatsit.outbound.OutboundFailure.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tests the client against servers on two loopback addresses: 127.0.0.2 stands for the internet and
 * is allowed, 127.0.0.1 is internal and is not.
 */
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class OutboundClientTest {
  private static final String PUBLIC = "127.0.0.2";
  private static final String INSIDE = "127.0.0.1";
  private static final Duration SHORT = Duration.ofMillis(700);
  private static final Duration LONG = Duration.ofSeconds(30);

  private static SSLContext trusted;
  private static SSLContext foreign;

  private final List<AutoCloseable> opened = new ArrayList<>();
  private final Map<String, Deque<String>> names = new HashMap<>();
  private final List<String> lookups = new ArrayList<>();

  @BeforeAll
  static void makeCertificates(@TempDir Path folder) throws Exception {
    trusted = Certificates.of(folder, "dns:shop.example,ip:127.0.0.2");
    foreign = Certificates.of(folder, "dns:shop.example,ip:127.0.0.2");
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable open : opened) {
      open.close();
    }
  }

  private Server server(Server.Script script) throws IOException {
    return keep(Server.on(PUBLIC, script));
  }

  private Server server(String... lines) throws IOException {
    return server(Server.saying(lines));
  }

  private Server secureServer(SSLContext tls, String... lines) throws IOException {
    return keep(Server.on(PUBLIC, tls.getServerSocketFactory(), Server.saying(lines)));
  }

  private <T extends AutoCloseable> T keep(T resource) {
    opened.add(resource);
    return resource;
  }

  /**
   * Sets the addresses that a name resolves to at its first lookup, the next, and so on, separated
   * by commas.
   */
  private void name(String host, String... answers) {
    names.put(host, new ArrayDeque<>(List.of(answers)));
  }

  private List<InetAddress> lookUp(String host) throws UnknownHostException {
    synchronized (lookups) {
      lookups.add(host);
      Deque<String> answers = names.get(host);
      if (answers == null || answers.isEmpty()) {
        throw new UnknownHostException(host);
      }
      List<InetAddress> found = new ArrayList<>();
      for (String address : answers.remove().split(",", -1)) {
        found.add(InetAddress.getByName(address));
      }
      return found;
    }
  }

  private static AddressGuard guard(int... ports) {
    Set<Integer> open = new HashSet<>();
    Arrays.stream(ports).forEach(open::add);
    return new AddressGuard(open, List.of(Network.of(PUBLIC + "/32")));
  }

  private OutboundClient client(Duration limit, int... ports) {
    return keep(new OutboundClient(guard(ports), limit, this::lookUp, () -> trusted));
  }

  private static OutboundUrl url(OutboundClient client, String text) {
    assertThat(client.check(text)).as(text).isInstanceOf(Accepted.class);
    return ((Accepted) client.check(text)).url();
  }

  private static String get(OutboundClient client, String text) {
    return client.get(
        url(client, text),
        "image/*",
        (body, length) -> {
          try {
            return new String(body.readAllBytes(), StandardCharsets.ISO_8859_1);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  private static Reason refusal(OutboundClient client, String text) {
    return failure(client, text).reason();
  }

  private static OutboundFailure failure(OutboundClient client, String text) {
    OutboundFailure failure = catchThrowableOfType(OutboundFailure.class, () -> get(client, text));
    assertThat(failure).as(text).isNotNull();
    assertThat(failure.detail()).doesNotContain("127.0.0").doesNotContain("shop.example");
    return failure;
  }

  @Test
  void get_plainServer_givesTheBodyAndAsksForNothingElse() throws Exception {
    Server server = server("HTTP/1.1 200 OK", "Content-Length: 5", "", "hello");
    name("shop.example", PUBLIC);
    OutboundClient client = client(LONG, server.port());

    assertThat(get(client, "http://Shop.example:" + server.port() + "/a%20b?c=d#e"))
        .isEqualTo("hello");

    String[] request = server.requests().get(0).split("\r\n", -1);
    assertThat(request[0]).isEqualTo("GET /a%20b?c=d HTTP/1.1");
    assertThat(List.of(request).subList(1, request.length - 2))
        .containsExactlyInAnyOrder(
            "Host: shop.example:" + server.port(),
            "Accept: image/*",
            "User-Agent: whatsit/1",
            "Accept-Encoding: identity",
            "Connection: close");
  }

  @Test
  void get_pathWithTwoSlashes_staysAPath() throws Exception {
    Server server = server("HTTP/1.1 200 OK", "Content-Length: 0", "", "");
    OutboundClient client = client(LONG, server.port());

    get(client, "http://127.0.0.2:" + server.port() + "//127.0.0.1/x");

    assertThat(server.requests().get(0))
        .startsWith("GET //127.0.0.1/x HTTP/1.1\r\n")
        .contains("Host: 127.0.0.2:" + server.port() + "\r\n");
  }

  @Test
  void get_ipv6Address_isConnectedToAndNamedInBrackets() throws Exception {
    assumeTrue(NetworkInterface.getByInetAddress(InetAddress.getByName("::1")) != null, "no IPv6");
    Server server = keep(Server.on("::1", Server.saying("HTTP/1.1 200 OK", "", "six")));
    AddressGuard guard = new AddressGuard(Set.of(server.port()), List.of(Network.of("::1/128")));
    OutboundClient client = keep(new OutboundClient(guard, LONG, this::lookUp, () -> trusted));

    assertThat(get(client, "http://[::1]:" + server.port() + "/")).isEqualTo("six");

    assertThat(server.requests().get(0)).contains("Host: [::1]:" + server.port() + "\r\n");
    assertThat(lookups).isEmpty();
  }

  @Test
  void get_bodyWithoutLengthOrInChunks_isRead() throws Exception {
    Server plain = server("HTTP/1.0 200 OK", "", "until the end");
    Server chunked =
        server(
            "HTTP/1.1 200 OK",
            "Transfer-Encoding: chunked",
            "",
            "3",
            "abc",
            "2",
            "de",
            "0",
            "",
            "");
    OutboundClient client = client(LONG, plain.port(), chunked.port());

    assertThat(get(client, "http://127.0.0.2:" + plain.port() + "/")).isEqualTo("until the end");
    assertThat(get(client, "http://127.0.0.2:" + chunked.port() + "/")).isEqualTo("abcde");
  }

  @Test
  void get_nameThatChangesAfterTheCheck_isConnectedToWhereItWasChecked() throws Exception {
    Server outside = server("HTTP/1.1 200 OK", "Content-Length: 7", "", "outside");
    Server inside = keep(Server.beside(outside, INSIDE, Server.saying("HTTP/1.1 200 OK", "", "")));
    name("rebinding.example", PUBLIC, INSIDE, INSIDE);
    OutboundClient client = client(LONG, outside.port());
    String url = "http://rebinding.example:" + outside.port() + "/";

    assertThat(get(client, url)).isEqualTo("outside");
    assertThat(lookups).containsExactly("rebinding.example");

    assertThat(refusal(client, url)).isEqualTo(Reason.FORBIDDEN);
    assertThat(inside.connections()).isZero();
    assertThat(outside.connections()).isEqualTo(1);
  }

  @Test
  void get_oneOfSeveralAddressesInside_connectsToNone() throws Exception {
    Server outside = server("HTTP/1.1 200 OK", "Content-Length: 7", "", "outside");
    Server inside = keep(Server.beside(outside, INSIDE, Server.saying("HTTP/1.1 200 OK", "", "")));
    name("mixed.example", PUBLIC + "," + INSIDE, INSIDE + "," + PUBLIC);
    OutboundClient client = client(LONG, outside.port());
    String url = "http://mixed.example:" + outside.port() + "/";

    assertThat(refusal(client, url)).isEqualTo(Reason.FORBIDDEN);
    assertThat(refusal(client, url)).isEqualTo(Reason.FORBIDDEN);
    assertThat(inside.connections()).isZero();
    assertThat(outside.connections()).isZero();
  }

  @Test
  void get_firstAddressRefusesConnections_connectsToTheNext() throws Exception {
    Server server = server("HTTP/1.1 200 OK", "Content-Length: 2", "", "ok");
    name("two.example", "127.0.0.3" + "," + PUBLIC);
    OutboundClient client =
        keep(
            new OutboundClient(
                new AddressGuard(Set.of(server.port()), List.of(Network.of("127.0.0.2/31"))),
                LONG,
                this::lookUp,
                () -> trusted));

    assertThat(get(client, "http://two.example:" + server.port() + "/")).isEqualTo("ok");
  }

  @Test
  void get_nameOfManyAddresses_connectsToFew() throws Exception {
    Server server = server("HTTP/1.1 200 OK", "Content-Length: 2", "", "ok");
    name("many.example", "127.0.1.1,127.0.1.2,127.0.1.3,127.0.1.4," + PUBLIC);
    OutboundClient client =
        keep(
            new OutboundClient(
                new AddressGuard(Set.of(server.port()), List.of(Network.of("127.0.0.0/8"))),
                LONG,
                this::lookUp,
                () -> trusted));

    assertThat(refusal(client, "http://many.example:" + server.port() + "/"))
        .isEqualTo(Reason.UNREACHABLE);
    assertThat(server.connections()).isZero();
  }

  static Stream<String> forbiddenTargets() {
    return Stream.of(
        "http://127.0.0.1:PORT/",
        "//127.0.0.1:PORT/",
        "http://[::1]:PORT/",
        "http://[::ffff:127.0.0.1]:PORT/",
        "http://169.254.169.254:PORT/computeMetadata/v1/",
        "http://inside.example:PORT/",
        "http://127.0.0.2:1/",
        "http://user@127.0.0.2:PORT/",
        "file:///etc/passwd",
        "ftp://127.0.0.2:PORT/");
  }

  @ParameterizedTest
  @MethodSource("forbiddenTargets")
  void get_redirectInside_isNotFollowed(String target) throws Exception {
    Server[] own = new Server[1];
    own[0] =
        server(
            (request, out) ->
                out.write(
                    ("HTTP/1.1 302 Found\r\nLocation: "
                            + target.replace("PORT", Integer.toString(own[0].port()))
                            + "\r\nContent-Length: 0\r\n\r\n")
                        .getBytes(StandardCharsets.ISO_8859_1)));
    Server inside = keep(Server.beside(own[0], INSIDE, Server.saying("HTTP/1.1 200 OK", "", "")));
    name("inside.example", INSIDE);
    OutboundClient client = client(LONG, own[0].port());

    assertThat(refusal(client, "http://127.0.0.2:" + own[0].port() + "/"))
        .isEqualTo(Reason.FORBIDDEN);
    assertThat(inside.connections()).isZero();
    assertThat(own[0].connections()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Location: ",
        "X: y",
        "Location: http://127.1/",
        "Location: http://2130706433/",
        "Location: http://exa mple.com/",
        "Location: //exa%20mple.com/",
        "Location: /a\tb",
        "Location: /a\\b",
        "Location: http:relative",
        "Location: http:\\\\127.0.0.1\\",
        "Location: \\\\127.0.0.1\\",
        "Location: http://b\u00fccher.example/",
        "Location: /a\r\nLocation: /b",
      })
  void get_redirectToNowhere_isRefused(String header) throws Exception {
    Server server = server("HTTP/1.1 302 Found", header, "Content-Length: 0", "", "");
    OutboundClient client = client(LONG, server.port());

    assertThat(refusal(client, "http://127.0.0.2:" + server.port() + "/"))
        .isEqualTo(Reason.REDIRECT);
    assertThat(server.connections()).isEqualTo(1);
  }

  /** Redirected from /a/b/c?q by each status in turn; the bytes of the header are UTF-8. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = true,
      value = {
        // RFC 3986 section 5.4.
        "301 | g            | /a/b/g",
        "302 | ./g          | /a/b/g",
        "303 | g/           | /a/b/g/",
        "307 | /g           | /g",
        "308 | ?y           | /a/b/c?y",
        "302 | g?y#s        | /a/b/g?y",
        "302 | #s           | /a/b/c?q",
        "302 | .            | /a/b/",
        "302 | ..           | /a/",
        "302 | ../g         | /a/g",
        "302 | ../../../g   | /g",
        "302 | ../../..     | /",
        "302 | /./g         | /g",
        "302 | /../g        | /g",
        "302 | g..          | /a/b/g..",
        "302 | ./g/.        | /a/b/g/",
        "302 | g/./h        | /a/b/g/h",
        "302 | g/../h       | /a/b/h",
        "302 | g?y/../x     | /a/b/g?y/../x",
        "302 | http://127.0.0.2:PORT/x/../g | /g",
        "302 | //127.0.0.2:PORT/g           | /g",
        "302 | //127.0.0.2:PORT             | /",
        // Characters that URLs must not contain.
        "302 | /bücher.jpg?日=1    | /b%C3%BCcher.jpg?%E6%97%A5=1",
        "302 | /my cat.jpg?a b              | /my%20cat.jpg?a%20b",
        "302 | /%C3%BC%20.jpg               | /%C3%BC%20.jpg",
        "302 | /100%.jpg?50%                | /100%25.jpg?50%25",
        "302 | /{a}<b>\"^`[c]?[d]           | /%7Ba%7D%3Cb%3E%22%5E%60%5Bc%5D?[d]",
        "302 | /a%7Cb%2F..%2Fc              | /a%7Cb%2F..%2Fc",
      })
  void get_redirect_isFollowedFromWhereItIs(int status, String location, String target)
      throws Exception {
    Server[] own = new Server[1];
    own[0] =
        server(
            (request, out) -> {
              String asked = request.split(" ", -1)[1];
              String answer =
                  asked.equals("/a/b/c?q") && own[0].connections() == 1
                      ? "HTTP/1.1 " + status + " X\r\nLocation: " + location + "\r\n\r\n"
                      : "HTTP/1.1 200 OK\r\n\r\n" + asked;
              out.write(
                  answer
                      .replace("PORT", Integer.toString(own[0].port()))
                      .getBytes(StandardCharsets.UTF_8));
            });
    OutboundClient client = client(LONG, own[0].port());

    assertThat(get(client, "http://127.0.0.2:" + own[0].port() + "/a/b/c?q")).isEqualTo(target);
    assertThat(own[0].connections()).isEqualTo(2);
  }

  @Test
  void get_fourRedirects_areOneTooMany() throws Exception {
    Server server = server("HTTP/1.1 302 Found", "Location: /again", "Content-Length: 0", "", "");
    OutboundClient client = client(LONG, server.port());

    assertThat(refusal(client, "http://127.0.0.2:" + server.port() + "/"))
        .isEqualTo(Reason.REDIRECT);
    assertThat(server.connections()).isEqualTo(4);
  }

  @Test
  void get_redirectToANameTwice_isCheckedEachTime() throws Exception {
    Server server = server("HTTP/1.1 302 Found", "Location: /again", "Content-Length: 0", "", "");
    Server inside = keep(Server.beside(server, INSIDE, Server.saying("HTTP/1.1 200 OK", "", "")));
    name("rebinding.example", PUBLIC, INSIDE);
    OutboundClient client = client(LONG, server.port());

    assertThat(refusal(client, "http://rebinding.example:" + server.port() + "/"))
        .isEqualTo(Reason.FORBIDDEN);
    assertThat(server.connections()).isEqualTo(1);
    assertThat(inside.connections()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {201, 204, 206, 304, 400, 401, 404, 407, 500, 503})
  void get_otherStatus_isRefusedWithIt(int status) throws Exception {
    Server server = server("HTTP/1.1 " + status + " X", "WWW-Authenticate: Basic", "", "");
    OutboundClient client = client(LONG, server.port());

    OutboundFailure failure = failure(client, "http://127.0.0.2:" + server.port() + "/");

    assertThat(failure.reason()).isEqualTo(Reason.STATUS);
    assertThat(failure.status()).hasValue(status);
    assertThat(server.connections()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nonsense\r\n\r\n",
        "SSH-2.0-OpenSSH_9.9\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\na",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        "HTTP/2 200 OK\r\n\r\n",
        "HTTP/1.1 000 X\r\n\r\n",
        "HTTP/1.1 99 X\r\n\r\n",
        "HTTP/1.1 -200 X\r\n\r\n",
        "HTTP/1.1 99999999999 X\r\n\r\n",
        "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length",
      })
  void get_answerThatIsBroken_isUnreachable(String answer) throws Exception {
    Server server = server(answer);
    OutboundClient client = client(LONG, server.port());

    assertThat(refusal(client, "http://127.0.0.2:" + server.port() + "/"))
        .isEqualTo(Reason.UNREACHABLE);
    assertThat(server.connections()).isEqualTo(1);
  }

  /** Whatever a server sends, the result is a response or a known failure. */
  @Test
  void get_answersWithRandomFaults_areReadOrRefused() throws Exception {
    Random random = new Random(20261121);
    byte[] good =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: y\r\n\r\n3;a=b\r\nabc\r\n0\r\nT: u\r\n\r\n"
            .getBytes(StandardCharsets.US_ASCII);
    byte[] bytes = "\r\n :;=-\u0000\u00ff9aZ/".getBytes(StandardCharsets.ISO_8859_1);
    Server server =
        server(
            (request, out) -> {
              byte[] bad = good.clone();
              for (int i = random.nextInt(4); i >= 0; i--) {
                bad[random.nextInt(bad.length)] = bytes[random.nextInt(bytes.length)];
              }
              out.write(bad, 0, 1 + random.nextInt(bad.length));
            });
    OutboundClient client = client(LONG, server.port());
    String url = "http://127.0.0.2:" + server.port() + "/";
    int read = 0;
    for (int i = 0; i < 500; i++) {
      try {
        get(client, url);
        read++;
      } catch (OutboundFailure e) {
        assertThat(e.reason()).isIn(Reason.UNREACHABLE, Reason.STATUS, Reason.REDIRECT);
      }
    }
    assertThat(read).isBetween(1, 499);
  }

  @Test
  void get_endlessHeader_isNotKept() throws Exception {
    byte[] line = ("X-More: " + "x".repeat(1000) + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
    Server many =
        server(
            (request, out) -> {
              out.write("HTTP/1.1 200 OK\r\n".getBytes(StandardCharsets.ISO_8859_1));
              while (true) {
                out.write(line);
              }
            });
    Server wide =
        server(
            (request, out) -> {
              out.write("HTTP/1.1 200 OK\r\nX: ".getBytes(StandardCharsets.ISO_8859_1));
              while (true) {
                out.write('x');
              }
            });
    OutboundClient client = client(LONG, many.port(), wide.port());

    assertThat(refusal(client, "http://127.0.0.2:" + many.port() + "/"))
        .isEqualTo(Reason.UNREACHABLE);
    assertThat(refusal(client, "http://127.0.0.2:" + wide.port() + "/"))
        .isEqualTo(Reason.UNREACHABLE);
  }

  /**
   * The body breaks off, no server listens at the redirect's target, or the target is forbidden.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        "HTTP/1.1 302 X\r\nLocation: http://127.0.0.2:1/\r\n\r\n",
        "HTTP/1.1 302 X\r\nLocation: http://127.0.0.1:1/\r\n\r\n",
        "HTTP/1.1 503 X\r\n\r\n",
      })
  void get_failsAfterAResponse_hasAResponse(String answer) throws Exception {
    Server server = server(answer);
    OutboundClient client = client(LONG, server.port(), 1);

    assertThat(failure(client, "http://127.0.0.2:" + server.port() + "/").hasResponse()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX",
        "HTTP/1.1 200 OK\r\nX: y\r\n",
      })
  void get_failsWithoutAWholeHeader_hasNoResponse(String answer) throws Exception {
    Server server = server(answer);
    OutboundClient client = client(LONG, server.port());

    assertThat(failure(client, "http://127.0.0.2:" + server.port() + "/").hasResponse()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "x-gzip", "deflate", "br", "zstd", "foo", "identity, GZIP"})
  void get_encodedBody_isRefused(String encoding) throws Exception {
    Server server = server("HTTP/1.1 200 OK", "Content-Encoding: " + encoding, "", "body");
    OutboundClient client = client(LONG, server.port());

    assertThat(refusal(client, "http://127.0.0.2:" + server.port() + "/"))
        .isEqualTo(Reason.ENCODED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", " ", "identity", "None", "UTF-8", "aws-chunked", "aws-chunked,utf-8,"})
  void get_contentEncodingThatIsNoCoding_isIgnored(String encoding) throws Exception {
    Server server = server("HTTP/1.1 200 OK", "Content-Encoding: " + encoding, "", "body");
    OutboundClient client = client(LONG, server.port());

    assertThat(get(client, "http://127.0.0.2:" + server.port() + "/")).isEqualTo("body");
  }

  static Stream<String> largeHeaders() {
    return Stream.of(
        "X-Line: y\r\n".repeat(200),
        "X-Line: " + "y".repeat(17_000) + "\r\n",
        ("X-Line: " + "y".repeat(8_000) + "\r\n").repeat(7),
        "no colon\r\n",
        ": no name\r\n",
        " folded before the first line\r\n",
        "X-Folded: a\r\n b\r\n");
  }

  @ParameterizedTest
  @MethodSource("largeHeaders")
  void post_responseWithAHeaderThatOthersTake_isReceived(String lines) throws Exception {
    Server server = server("HTTP/1.1 200 OK\r\n" + lines + "Retry-After: 7\r\n\r\n");
    OutboundClient client = client(LONG, server.port());

    OutboundResponse response =
        client.post(url(client, "http://127.0.0.2:" + server.port() + "/"), Map.of(), new byte[1]);

    assertThat(response.isSuccess()).isTrue();
    assertThat(response.retryAfterTexts()).containsExactly("7");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nX: LONG\r\nX: LONG\r\nX: LONG\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;LONGLONG\r\nx\r\n0\r\n\r\n",
      })
  void get_headerOrChunkThatIsTooLong_isUnreachable(String answer) throws Exception {
    Server server = server(answer.replace("LONG", "y".repeat(30_000)));
    OutboundClient client = client(LONG, server.port());

    assertThat(refusal(client, "http://127.0.0.2:" + server.port() + "/"))
        .isEqualTo(Reason.UNREACHABLE);
  }

  @Test
  void get_bodyThatBreaksOff_isToldFromAnInvalidHeader() throws Exception {
    Server server = server("HTTP/1.1 200 OK", "Content-Length: 10", "", "short");
    OutboundClient client = client(LONG, server.port());

    assertThat(failure(client, "http://127.0.0.2:" + server.port() + "/").detail())
        .isEqualTo("The server's response broke off.");
  }

  @Test
  void get_noServer_isUnreachable() throws Exception {
    int free;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(PUBLIC))) {
      free = socket.getLocalPort();
    }
    OutboundClient client = client(LONG, free);

    OutboundFailure failure = failure(client, "http://127.0.0.2:" + free + "/");
    assertThat(failure.reason()).isEqualTo(Reason.UNREACHABLE);
    assertThat(failure.detail()).isEqualTo("The server accepts no connections.");
    assertThat(refusal(client, "http://unknown.example:" + free + "/"))
        .isEqualTo(Reason.UNREACHABLE);
  }

  /**
   * Servers that never end a response. Most send bytes all the time, so that no socket timeout ever
   * ends it.
   */
  static Stream<Server.Script> slowServers() {
    return Stream.of(
        (request, out) -> waitUntilClosed(out, ""),
        (request, out) -> waitUntilClosed(out, "H"),
        (request, out) -> waitUntilClosed(out, "HTTP/1.1 100 Continue\r\n\r\n"),
        (request, out) -> {
          out.write(
              "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
          waitUntilClosed(out, "x");
        },
        (request, out) -> {
          out.write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
          waitUntilClosed(out, "x");
        },
        (request, out) -> {
          out.write(
              "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
          waitUntilClosed(out, "1\r\nx\r\n");
        },
        (request, out) -> {
          out.write("HTTP/1.1 200 OK\r\n".getBytes(StandardCharsets.US_ASCII));
          waitUntilClosed(out, "X: y\r\n", 80);
        });
  }

  private static void waitUntilClosed(OutputStream out, String drop) throws IOException {
    waitUntilClosed(out, drop, Integer.MAX_VALUE);
  }

  /** Writes a few bytes at a time until the client closes the connection. */
  private static void waitUntilClosed(OutputStream out, String drop, int maxDrops)
      throws IOException {
    CountDownLatch never = new CountDownLatch(1);
    try {
      for (int i = 0; !never.await(50, TimeUnit.MILLISECONDS); i++) {
        out.write((i < maxDrops ? drop : "").getBytes(StandardCharsets.US_ASCII));
        out.flush();
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("slowServers")
  void get_answerDropByDrop_endsWhenTheTimeIsUp(Server.Script script) throws Exception {
    Server server = server(script);
    OutboundClient client = client(SHORT, server.port());
    long start = System.nanoTime();

    assertThat(refusal(client, "http://127.0.0.2:" + server.port() + "/"))
        .isEqualTo(Reason.TIMEOUT);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(SHORT, SHORT.plusSeconds(10));
  }

  @Test
  void get_encryptedAnswerDropByDrop_endsWhenTheTimeIsUp() throws Exception {
    Server server =
        keep(
            Server.on(
                PUBLIC,
                trusted.getServerSocketFactory(),
                (request, out) -> {
                  out.write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                  waitUntilClosed(out, "x");
                }));
    OutboundClient client = client(Duration.ofSeconds(2), server.port());

    OutboundFailure failure = failure(client, "https://127.0.0.2:" + server.port() + "/");

    assertThat(failure.reason()).isEqualTo(Reason.TIMEOUT);
    assertThat(failure.hasResponse()).isTrue();
  }

  @Test
  void get_handshakeThatNeverEnds_endsWhenTheTimeIsUp() throws Exception {
    // Accepts the connection and never responds.
    Server server = server((request, out) -> waitUntilClosed(out, ""));
    OutboundClient client = client(SHORT, server.port());

    assertThat(refusal(client, "https://127.0.0.2:" + server.port() + "/"))
        .isEqualTo(Reason.TIMEOUT);
  }

  /** HttpClient connects to the next address after a failure, also after the deadline. */
  @Test
  void get_timeIsUpAtTheFirstAddress_connectsToNoOther() throws Exception {
    Server first = server((request, out) -> waitUntilClosed(out, ""));
    Server second = keep(Server.beside(first, "127.0.0.3", Server.saying("")));
    name("two.example", PUBLIC + ",127.0.0.3");
    OutboundClient client =
        keep(
            new OutboundClient(
                new AddressGuard(Set.of(first.port()), List.of(Network.of("127.0.0.2/31"))),
                SHORT,
                this::lookUp,
                () -> trusted));

    assertThat(refusal(client, "https://two.example:" + first.port() + "/"))
        .isEqualTo(Reason.TIMEOUT);
    assertThat(second.connections()).isZero();
  }

  /**
   * A bug: connecting to the only address and the TLS handshake ended after the 4 seconds that an
   * address has before the next is tried.
   */
  @Test
  void get_slowConnectOrHandshake_hasTheWholeTime() throws Exception {
    Duration limit = Duration.ofSeconds(5);
    Server silent = server((request, out) -> waitUntilClosed(out, ""));
    // The kernel drops further connection attempts when the backlog is full.
    ServerSocket full = keep(new ServerSocket(0, 1, InetAddress.getByName(PUBLIC)));
    for (int i = 0; i < 2; i++) {
      keep(new Socket(full.getInetAddress(), full.getLocalPort()));
    }
    OutboundClient client = client(limit, silent.port(), full.getLocalPort());

    CompletableFuture<Duration> connect =
        CompletableFuture.supplyAsync(
            () -> timeOut(client, "http://127.0.0.2:" + full.getLocalPort() + "/"));
    Duration handshake = timeOut(client, "https://127.0.0.2:" + silent.port() + "/");

    assertThat(handshake).isGreaterThanOrEqualTo(limit);
    assertThat(connect.join()).isGreaterThanOrEqualTo(limit);
  }

  /** The time after which a request times out. */
  private static Duration timeOut(OutboundClient client, String text) {
    long start = System.nanoTime();
    assertThat(refusal(client, text)).isEqualTo(Reason.TIMEOUT);
    return Duration.ofNanos(System.nanoTime() - start);
  }

  @Test
  void get_lookupThatNeverEnds_endsWhenTheTimeIsUp() {
    CountDownLatch end = new CountDownLatch(1);
    OutboundClient client =
        keep(
            new OutboundClient(
                guard(80),
                SHORT,
                host -> {
                  try {
                    end.await();
                  } catch (InterruptedException e) {
                    // The client is closed.
                  }
                  throw new UnknownHostException(host);
                },
                () -> trusted));

    assertThat(refusal(client, "http://slow.example/")).isEqualTo(Reason.TIMEOUT);
    end.countDown();
  }

  @Test
  void get_manyRedirectsOfASlowServer_haveOneTimeTogether() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    Server server =
        server(
            (request, out) -> {
              try {
                never.await(SHORT.toMillis() / 2, TimeUnit.MILLISECONDS);
              } catch (InterruptedException e) {
                throw new IOException(e);
              }
              out.write(
                  "HTTP/1.1 302 X\r\nLocation: /\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            });
    OutboundClient client = client(SHORT, server.port());

    assertThat(refusal(client, "http://127.0.0.2:" + server.port() + "/"))
        .isEqualTo(Reason.TIMEOUT);
  }

  @Test
  void get_tlsForTheRightName_works() throws Exception {
    Server server = secureServer(trusted, "HTTP/1.1 200 OK", "Content-Length: 4", "", "safe");
    name("shop.example", PUBLIC);
    OutboundClient client = client(LONG, server.port());

    assertThat(get(client, "https://shop.example:" + server.port() + "/")).isEqualTo("safe");
    assertThat(get(client, "https://127.0.0.2:" + server.port() + "/")).isEqualTo("safe");
  }

  @ParameterizedTest
  @CsvSource({"other.example, true", "shop.example, false"})
  void get_tlsForAnotherNameOrUntrusted_isUnreachable(String host, boolean isTrusted)
      throws Exception {
    Server server = secureServer(isTrusted ? trusted : foreign, "HTTP/1.1 200 OK", "", "body");
    name(host, PUBLIC);
    OutboundClient client = client(LONG, server.port());

    assertThat(refusal(client, "https://" + host + ":" + server.port() + "/"))
        .isEqualTo(Reason.UNREACHABLE);
    assertThat(server.requests()).isEmpty();
  }

  @Test
  void get_tls_tellsTheServerTheName() throws Exception {
    name("shop.example", PUBLIC);
    try (ServerSocket listening = new ServerSocket(0, 5, InetAddress.getByName(PUBLIC))) {
      OutboundClient client = client(SHORT, listening.getLocalPort());
      byte[][] hello = new byte[1][];
      Thread reader =
          new Thread(
              () -> {
                try (var socket = listening.accept()) {
                  byte[] head = socket.getInputStream().readNBytes(5);
                  hello[0] =
                      socket
                          .getInputStream()
                          .readNBytes(((head[3] & 0xff) << 8) | (head[4] & 0xff));
                } catch (IOException e) {
                  // The missing hello fails the assertion below.
                }
              });
      reader.start();
      failure(client, "https://shop.example:" + listening.getLocalPort() + "/");
      reader.join();

      // RFC 6066 section 3: the first message contains the name in plain text.
      assertThat(new String(hello[0], StandardCharsets.ISO_8859_1)).contains("shop.example");
    }
  }

  @Test
  void get_redirectFromTlsToNone_isRefused() throws Exception {
    Server plain = server("HTTP/1.1 200 OK", "Content-Length: 0", "", "");
    Server secure =
        secureServer(
            trusted, "HTTP/1.1 302 X", "Location: http://127.0.0.2:" + plain.port() + "/", "", "");
    OutboundClient client = client(LONG, plain.port(), secure.port());

    assertThat(refusal(client, "https://127.0.0.2:" + secure.port() + "/"))
        .isEqualTo(Reason.REDIRECT);
    assertThat(plain.connections()).isZero();
  }

  @Test
  void get_readerThatThrows_throwsThatAndCloses() throws Exception {
    Server server =
        server(
            (request, out) -> {
              out.write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
              while (true) {
                out.write(new byte[1000]);
              }
            });
    OutboundClient client = client(LONG, server.port());
    OutboundClient.BodyReader<InputStream> reader =
        (body, length) -> {
          throw new IllegalArgumentException("enough");
        };

    assertThatThrownBy(
            () -> client.get(url(client, "http://127.0.0.2:" + server.port() + "/"), "*/*", reader))
        .hasMessage("enough");
  }

  @Test
  void get_proxiesOfTheProcess_areNotUsed() throws Exception {
    Server proxy = server("HTTP/1.1 200 OK", "Content-Length: 5", "", "proxy");
    Server server = server("HTTP/1.1 200 OK", "Content-Length: 6", "", "server");
    OutboundClient client = client(LONG, server.port());
    Map<String, String> settings =
        Map.of(
            "http.proxyHost",
            PUBLIC,
            "http.proxyPort",
            Integer.toString(proxy.port()),
            "socksProxyHost",
            PUBLIC,
            "socksProxyPort",
            Integer.toString(proxy.port()),
            "http.nonProxyHosts",
            "",
            "socksNonProxyHosts",
            "");
    settings.forEach(System::setProperty);
    try {
      assertThat(get(client, "http://127.0.0.2:" + server.port() + "/")).isEqualTo("server");
      assertThat(proxy.connections()).isZero();
    } finally {
      settings.keySet().forEach(System::clearProperty);
    }
  }

  @Test
  void post_smallMessage_isSentOnce() throws Exception {
    Server server =
        server("HTTP/1.1 503 Busy", "Retry-After: 120", "Content-Length: 9", "", "come\r\nback.");
    OutboundClient client = client(LONG, server.port());
    byte[] json = "{\"a\":\"\u00fc\"}".getBytes(StandardCharsets.UTF_8);

    OutboundResponse response =
        client.post(
            url(client, "http://127.0.0.2:" + server.port() + "/hook?key=1"),
            Map.of("webhook-id", "msg_1", "content-type", "application/cloudevents+json"),
            json);

    assertThat(response.status()).isEqualTo(503);
    assertThat(response.isSuccess()).isFalse();
    assertThat(response.retryAfter(Instant.EPOCH)).contains(Duration.ofMinutes(2));
    assertThat(server.connections()).isEqualTo(1);
    assertThat(server.requests().get(0))
        .startsWith("POST /hook?key=1 HTTP/1.1\r\n")
        .contains("webhook-id: msg_1\r\n", "content-type: application/cloudevents+json\r\n")
        .contains("Content-Length: " + json.length + "\r\n")
        .doesNotContain("application/json")
        .endsWith("\r\n\r\n" + new String(json, StandardCharsets.ISO_8859_1));
  }

  @Test
  void post_redirect_isNotFollowed() throws Exception {
    Server server = server("HTTP/1.1 307 X", "Location: /other", "Content-Length: 0", "", "");
    OutboundClient client = client(LONG, server.port());

    OutboundResponse response =
        client.post(
            url(client, "http://127.0.0.2:" + server.port() + "/"), Map.of(), new byte[] {'1'});

    assertThat(response.status()).isEqualTo(307);
    assertThat(response.retryAfterTexts()).isEmpty();
    assertThat(server.connections()).isEqualTo(1);
  }

  /** The body used to be read until the time limit, although it was not needed. */
  @Test
  void post_answerWhoseBodyNeverEnds_isNotWaitedFor() throws Exception {
    Server slow =
        server(
            (request, out) -> {
              out.write("HTTP/1.1 200 OK\r\n\r\nso far".getBytes(StandardCharsets.US_ASCII));
              waitUntilClosed(out, "");
            });
    OutboundClient client = client(Duration.ofMinutes(10), slow.port());

    OutboundResponse response =
        client.post(url(client, "http://127.0.0.2:" + slow.port() + "/"), Map.of(), new byte[1]);

    assertThat(response.isSuccess()).isTrue();
  }

  @Test
  void post_receiverThatNeverReads_endsWhenTheTimeIsUp() throws Exception {
    try (ServerSocket listening = new ServerSocket(0, 5, InetAddress.getByName(PUBLIC))) {
      OutboundClient client = client(SHORT, listening.getLocalPort());
      OutboundUrl url = url(client, "http://127.0.0.2:" + listening.getLocalPort() + "/");

      assertThatThrownBy(() -> client.post(url, Map.of(), new byte[64 << 20]))
          .isInstanceOfSatisfying(
              OutboundFailure.class,
              failure -> assertThat(failure.reason()).isEqualTo(Reason.TIMEOUT));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\r\nHost: x", "a\nb", "a\u0000", "\u00fc"})
  void post_invalidHeader_isRefused(String value) {
    OutboundClient client = client(LONG, 80);
    OutboundUrl url = url(client, "http://127.0.0.2/");

    assertThatThrownBy(() -> client.post(url, Map.of("X", value), new byte[1]))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> client.post(url, Map.of(value, "x"), new byte[1]))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
