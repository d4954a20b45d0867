package dev.whatsit.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.whatsit.domain.settings.InvalidSettings;
import dev.whatsit.domain.settings.Settings;
import dev.whatsit.outbound.AddressGuard.Accepted;
import dev.whatsit.outbound.AddressGuard.Refused;
import dev.whatsit.outbound.OutboundFailure.Reason;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables of URLs from untrusted clients, and whether they are allowed. */
class AddressGuardTest {
  private final AddressGuard guard = guard(Map.of());

  private static AddressGuard guard(Map<String, String> values) {
    Settings settings = Settings.of(values);
    AddressGuard guard = AddressGuard.of(settings);
    settings.verify();
    return guard;
  }

  /** URLs that must be refused by their form alone, without a lookup. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = true,
      value = {
        // Internal addresses.
        "http://127.0.0.1/                          | FORBIDDEN",
        "http://127.255.255.254/                    | FORBIDDEN",
        "http://0.0.0.0/                            | FORBIDDEN",
        "http://0.1.2.3/                            | FORBIDDEN",
        "http://10.0.0.1/                           | FORBIDDEN",
        "http://10.255.255.255/                     | FORBIDDEN",
        "http://172.16.0.1/                         | FORBIDDEN",
        "http://172.31.255.255/                     | FORBIDDEN",
        "http://192.168.0.1/                        | FORBIDDEN",
        "http://100.64.0.1/                         | FORBIDDEN",
        "http://100.127.255.255/                    | FORBIDDEN",
        "http://169.254.0.1/                        | FORBIDDEN",
        // Metadata servers: Google Cloud and others, Alibaba, Oracle, Azure's internal address;
        // ECS.
        "http://169.254.169.254/computeMetadata/v1/ | FORBIDDEN",
        "https://169.254.169.254/                   | FORBIDDEN",
        "http://169.254.170.2/                      | FORBIDDEN",
        "http://100.100.100.200/                    | FORBIDDEN",
        "http://192.0.0.192/                        | FORBIDDEN",
        "http://168.63.129.16/                      | FORBIDDEN",
        "http://[fd00:ec2::254]/                    | FORBIDDEN",
        "http://[fd20:ce::254]/                     | FORBIDDEN",
        // Reserved addresses.
        "http://192.0.0.1/                          | FORBIDDEN",
        "http://192.0.2.1/                          | FORBIDDEN",
        "http://192.31.196.1/                       | FORBIDDEN",
        "http://192.52.193.1/                       | FORBIDDEN",
        "http://192.88.99.1/                        | FORBIDDEN",
        "http://192.175.48.1/                       | FORBIDDEN",
        "http://198.18.0.1/                         | FORBIDDEN",
        "http://198.19.255.255/                     | FORBIDDEN",
        "http://198.51.100.1/                       | FORBIDDEN",
        "http://203.0.113.1/                        | FORBIDDEN",
        "http://224.0.0.1/                          | FORBIDDEN",
        "http://239.255.255.255/                    | FORBIDDEN",
        "http://240.0.0.1/                          | FORBIDDEN",
        "http://255.255.255.255/                    | FORBIDDEN",
        // IPv6.
        "http://[::]/                               | FORBIDDEN",
        "http://[::1]/                              | FORBIDDEN",
        "http://[0:0:0:0:0:0:0:1]/                  | FORBIDDEN",
        "http://[0000:0000:0000:0000:0000:0000:0000:0001]/ | FORBIDDEN",
        "http://[fe80::1]/                          | FORBIDDEN",
        "http://[febf::1]/                          | FORBIDDEN",
        "http://[fec0::1]/                          | FORBIDDEN",
        "http://[fc00::1]/                          | FORBIDDEN",
        "http://[fdff::1]/                          | FORBIDDEN",
        "http://[ff02::1]/                          | FORBIDDEN",
        "http://[100::1]/                           | FORBIDDEN",
        "http://[2001:db8::1]/                      | FORBIDDEN",
        "http://[3fff::1]/                          | FORBIDDEN",
        "http://[2001:2::1]/                        | FORBIDDEN",
        "http://[2001:10::1]/                       | FORBIDDEN",
        "http://[2620:4f:8000::1]/                  | FORBIDDEN",
        "http://[5f00::1]/                          | FORBIDDEN",
        "http://[4000::1]/                          | FORBIDDEN",
        // IPv4 embedded in IPv6: mapped, compatible, translated, NAT64, 6to4, Teredo, ISATAP.
        "http://[::ffff:127.0.0.1]/                 | FORBIDDEN",
        "http://[::ffff:7f00:1]/                    | FORBIDDEN",
        "http://[0:0:0:0:0:ffff:a9fe:a9fe]/         | FORBIDDEN",
        "http://[::ffff:8.8.8.8]/                   | FORBIDDEN",
        "http://[::127.0.0.1]/                      | FORBIDDEN",
        "http://[::7f00:1]/                         | FORBIDDEN",
        "http://[::ffff:0:127.0.0.1]/               | FORBIDDEN",
        "http://[64:ff9b::127.0.0.1]/               | FORBIDDEN",
        "http://[64:ff9b::a9fe:a9fe]/               | FORBIDDEN",
        "http://[64:ff9b:1::a00:1]/                 | FORBIDDEN",
        "http://[2002:7f00:1::]/                    | FORBIDDEN",
        "http://[2002:a9fe:a9fe::1]/                | FORBIDDEN",
        "http://[2001:0:a00:1::1]/                  | FORBIDDEN",
        "http://[2606:4700::5efe:10.0.0.1]/         | FORBIDDEN",
        "http://[2606:4700::200:5efe:a00:1]/        | FORBIDDEN",
        // Other spellings of numbers: short, decimal, octal, hexadecimal, a mixture, full stops.
        "http://127.1/                              | INVALID",
        "http://127.0.1/                            | INVALID",
        "http://2130706433/                         | INVALID",
        "http://0/                                  | INVALID",
        "http://017700000001/                       | INVALID",
        "http://0177.0.0.1/                         | INVALID",
        "http://127.0.0.01/                         | INVALID",
        "http://0x7f000001/                         | INVALID",
        "http://0x7f.1/                             | INVALID",
        "http://0x7f.0x0.0x0.0x1/                   | INVALID",
        "http://0xa9.0376.0xa9fe/                   | INVALID",
        "http://127.0.0.1.1/                        | INVALID",
        "http://256.0.0.1/                          | INVALID",
        "http://4294967297/                         | INVALID",
        "http://127.0.0.1./                         | INVALID",
        "http://127。0。0。1/                         | INVALID",
        "http://①②⑦.⓪.⓪.①/                         | INVALID",
        "http://１２７.0.0.1/                         | INVALID",
        "http://%31%32%37.0.0.1/                    | INVALID",
        "http://127.0.0.1%2f@example.com/           | FORBIDDEN",
        "http://example.com%2f.evil.example/        | INVALID",
        "http://[::1%25lo]/                         | INVALID",
        "http://[fe80::1%25eth0]/                   | INVALID",
        "http://[fe80::1%eth0]/                     | INVALID",
        "http://[v1.fe80::a]/                       | INVALID",
        "http://[::1/                               | INVALID",
        "http://::1/                                | INVALID",
        "http://[127.0.0.1]/                        | INVALID",
        "http://[1::2::3]/                          | INVALID",
        // Internal names.
        "http://localhost/                          | FORBIDDEN",
        "http://LOCALHOST/                          | FORBIDDEN",
        "http://localhost./                         | INVALID",
        "http://a.localhost/                        | FORBIDDEN",
        "http://metadata/                           | FORBIDDEN",
        "http://metadata.google.internal/           | FORBIDDEN",
        "http://METADATA.google.Internal/           | FORBIDDEN",
        "http://metadata.google.internal./          | INVALID",
        "http://printer.local/                      | FORBIDDEN",
        "http://router.home.arpa/                   | FORBIDDEN",
        "http://intranet/                           | FORBIDDEN",
        "http://example.com./                       | INVALID",
        "http://.example.com/                       | INVALID",
        "http://example..com/                       | INVALID",
        "http://exa_mple.com/                       | INVALID",
        "http://-example.com/                       | INVALID",
        "http://bücher.example/                     | INVALID",
        "http://example.com\u00ad/                  | INVALID",
        // Ambiguous hosts.
        "http://user@example.com/                   | FORBIDDEN",
        "http://user:password@example.com/          | FORBIDDEN",
        "http://example.com@127.0.0.1/              | FORBIDDEN",
        "http://example.com:80@127.0.0.1/           | FORBIDDEN",
        "http://127.0.0.1@example.com/              | FORBIDDEN",
        "http://@127.0.0.1/                         | FORBIDDEN",
        "http://example.com:@127.0.0.1/             | FORBIDDEN",
        "http://example.com\\@127.0.0.1/            | INVALID",
        "http://127.0.0.1\\.example.com/            | INVALID",
        "http:\\\\127.0.0.1/                        | INVALID",
        "http:/127.0.0.1/                           | INVALID",
        "http:127.0.0.1                             | INVALID",
        "http:///127.0.0.1/                         | INVALID",
        "http://                                    | INVALID",
        "http:///                                   | INVALID",
        "http://:80/                                | INVALID",
        "http://?@127.0.0.1/                        | INVALID",
        "http://#@127.0.0.1/                        | INVALID",
        "//example.com/                             | INVALID",
        "example.com/cat.jpg                        | INVALID",
        "/cat.jpg                                   | INVALID",
        // Ports.
        "http://example.com:22/                     | FORBIDDEN",
        "http://example.com:6379/                   | FORBIDDEN",
        "http://example.com:8080/                   | FORBIDDEN",
        "https://example.com:8443/                  | FORBIDDEN",
        "http://example.com:0/                      | FORBIDDEN",
        "http://example.com:65535/                  | FORBIDDEN",
        "http://example.com:65536/                  | FORBIDDEN",
        "http://example.com:65616/                  | FORBIDDEN",
        "http://example.com:4294967376/             | INVALID",
        "http://example.com:080/                    | INVALID",
        "http://example.com:/                       | INVALID",
        "http://example.com:-80/                    | INVALID",
        "http://example.com:+80/                    | INVALID",
        "http://example.com:80:80/                  | INVALID",
        "http://example.com:80a/                    | INVALID",
        // Other schemes.
        "file:///etc/passwd                         | FORBIDDEN",
        "file://127.0.0.1/etc/passwd                | FORBIDDEN",
        "ftp://example.com/cat.jpg                  | FORBIDDEN",
        "gopher://example.com:80/_GET               | FORBIDDEN",
        "dict://example.com:80/                     | FORBIDDEN",
        "ldap://example.com/                        | FORBIDDEN",
        "jar:http://example.com/a.jar!/             | FORBIDDEN",
        "data:image/png;base64,iVBORw0KGgo=         | FORBIDDEN",
        "javascript:alert(1)                        | FORBIDDEN",
        "gs://bucket/object                         | FORBIDDEN",
        "ws://example.com/                          | FORBIDDEN",
        "httpx://example.com/                       | FORBIDDEN",
        "url:http://127.0.0.1/                      | FORBIDDEN",
      })
  void check_hostileUrl_isRefused(String url, Reason reason) {
    assertThat(guard.check(url)).isInstanceOf(Refused.class);
    assertThat(((Refused) guard.check(url)).reason()).isEqualTo(reason);
  }

  /** URLs that a CSV table cannot contain. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        " http://example.com/",
        "http://example.com/ ",
        "http://exam ple.com/",
        "http://example.com/a b",
        "http://example.com/\r\nHost: 127.0.0.1",
        "http://example.com/\r\n\r\nGET /admin",
        "http://example.com\r\n/",
        "http://example.com/\n",
        "\nhttp://example.com/",
        "ht\ttp://example.com/",
        "http://exa\tmple.com/",
        "http://example.com/\u0000",
        "http://127.0.0.1\u0000.example.com/",
        "http://example.com/\u2028",
        "http://example.com/|",
        "http://example.com/{a}",
        "http://example.com/%",
        "http://example.com/%zz",
        "http://[::1]example.com/",
        "http://[::1]:80:80/",
      })
  void check_brokenUrl_isRefused(String url) {
    assertThat(guard.check(url))
        .isInstanceOfSatisfying(
            Refused.class, refused -> assertThat(refused.reason()).isEqualTo(Reason.INVALID));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = true,
      value = {
        "http://example.com                   | http://example.com/",
        "https://example.com/cat.jpg          | https://example.com/cat.jpg",
        "HTTPS://Example.COM/Cat.jpg          | https://example.com/Cat.jpg",
        "https://example.com:443/             | https://example.com/",
        "http://example.com:80/               | http://example.com/",
        "http://example.com:443/              | http://example.com:443/",
        "https://example.com:80/              | https://example.com:80/",
        "https://example.com?a=b&c=%20        | https://example.com/?a=b&c=%20",
        "https://example.com/a#b              | https://example.com/a",
        "https://example.com/#@127.0.0.1/     | https://example.com/",
        "https://example.com/?@127.0.0.1/     | https://example.com/?@127.0.0.1/",
        "https://example.com//127.0.0.1/      | https://example.com//127.0.0.1/",
        "https://example.com/%2e%2e/%0d%0a    | https://example.com/%2e%2e/%0d%0a",
        "https://xn--bcher-kva.example/       | https://xn--bcher-kva.example/",
        "https://1a.example.com/              | https://1a.example.com/",
        "https://127.0.0.1.example.com/       | https://127.0.0.1.example.com/",
        "http://8.8.8.8/                      | http://8.8.8.8/",
        "http://9.255.255.255/                | http://9.255.255.255/",
        "http://11.0.0.0/                     | http://11.0.0.0/",
        "http://100.63.255.255/               | http://100.63.255.255/",
        "http://100.128.0.0/                  | http://100.128.0.0/",
        "http://126.255.255.255/              | http://126.255.255.255/",
        "http://128.0.0.0/                    | http://128.0.0.0/",
        "http://169.253.255.255/              | http://169.253.255.255/",
        "http://169.255.0.0/                  | http://169.255.0.0/",
        "http://172.15.255.255/               | http://172.15.255.255/",
        "http://172.32.0.0/                   | http://172.32.0.0/",
        "http://192.167.255.255/              | http://192.167.255.255/",
        "http://198.17.255.255/               | http://198.17.255.255/",
        "http://198.20.0.0/                   | http://198.20.0.0/",
        "http://223.255.255.255/              | http://223.255.255.255/",
        "http://[2606:4700::1111]/            | http://[2606:4700::1111]/",
        "http://[2001:4860:4860::8888]:443/   | http://[2001:4860:4860::8888]:443/",
      })
  void check_publicUrl_isAcceptedInOneSpelling(String url, String full) {
    assertThat(guard.check(url))
        .isInstanceOfSatisfying(
            Accepted.class, accepted -> assertThat(accepted.url().full()).isEqualTo(full));
  }

  @Test
  void check_longUrl_isTakenToTheLimit() {
    String longest = "https://example.com/" + "a".repeat(AddressGuard.MAX_URL_LENGTH - 20);

    assertThat(guard.check(longest)).isInstanceOf(Accepted.class);
    assertThat(guard.check(longest + "a")).isInstanceOf(Refused.class);
    assertThat(guard.check("http://" + "a".repeat(1 << 20) + ".com/")).isInstanceOf(Refused.class);
    // The normalised URL has a slash before the query.
    String noPath = "https://example.com?" + "a".repeat(AddressGuard.MAX_URL_LENGTH - 20);
    assertThat(noPath).hasSize(AddressGuard.MAX_URL_LENGTH);
    assertThat(guard.check(noPath)).isInstanceOf(Refused.class);
  }

  @Test
  void check_longNames_areTakenToTheLimitsOfDns() {
    String label = "a".repeat(63);
    String most = String.join(".", label, label, label, "b".repeat(57), "com");
    assertThat(most).hasSize(253);

    assertThat(guard.check("http://" + most + "/")).isInstanceOf(Accepted.class);
    assertThat(guard.check("http://a" + most + "/")).isInstanceOf(Refused.class);
    assertThat(guard.check("http://a" + label + ".com/")).isInstanceOf(Refused.class);
  }

  @Test
  void url_asText_hidesPathAndQuery() {
    Accepted accepted = (Accepted) guard.check("https://example.com/secret?token=secret");

    assertThat(accepted.url().toString()).isEqualTo("OutboundUrl[https://example.com]");
    assertThat(accepted.toString()).doesNotContain("secret");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "93.184.215.14 127.0.0.1",
        "127.0.0.1 93.184.215.14",
        "93.184.215.14 93.184.215.15 169.254.169.254",
        "93.184.215.14 ::1",
        "2606:4700::1111 fd20:ce::254",
        "93.184.215.14 ::ffff:10.0.0.1",
        "93.184.215.14 64:ff9b::a00:1",
        "2002:7f00:1::",
        "93.184.215.14 fe80::1%1",
        "0.0.0.0",
      })
  void requirePermitted_oneAddressInside_refusesAll(String addresses) throws Exception {
    assertThatThrownBy(() -> guard.requirePermitted(addresses(addresses)))
        .isInstanceOfSatisfying(
            OutboundFailure.class,
            failure -> assertThat(failure.reason()).isEqualTo(Reason.FORBIDDEN))
        .hasMessageNotContainingAny(addresses.split(" ", -1));
  }

  @Test
  void requirePermitted_publicAddresses_passes() throws Exception {
    guard.requirePermitted(addresses("93.184.215.14 2606:4700::1111 1.1.1.1"));
  }

  private static List<InetAddress> addresses(String text) throws UnknownHostException {
    List<InetAddress> found = new ArrayList<>();
    for (String address : text.split(" ", -1)) {
      found.add(InetAddress.getByName(address));
    }
    return found;
  }

  @Test
  void allow_blocks_openThemAndNothingElse() throws Exception {
    AddressGuard open = guard(Map.of("OUTBOUND_ALLOW", "127.0.0.0/8, ::1/128"));

    assertThat(open.check("http://127.1.2.3/")).isInstanceOf(Accepted.class);
    assertThat(open.check("http://[::1]/")).isInstanceOf(Accepted.class);
    assertThat(open.check("http://localhost/")).isInstanceOf(Accepted.class);
    open.requirePermitted(addresses("127.0.0.1 ::1"));

    for (String url :
        List.of(
            "http://10.0.0.1/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::2]/",
            "http://2130706433/",
            "http://user@127.0.0.1/",
            "http://127.0.0.1:8080/",
            "ftp://127.0.0.1/")) {
      assertThat(open.check(url)).as(url).isInstanceOf(Refused.class);
    }
    assertThatThrownBy(() -> open.requirePermitted(addresses("127.0.0.1 10.0.0.1")))
        .isInstanceOf(OutboundFailure.class);
  }

  @Test
  void ports_otherThanUsual_areTheOnlyOnes() {
    AddressGuard other = guard(Map.of("OUTBOUND_PORTS", "443, 8443"));

    assertThat(other.check("https://example.com/")).isInstanceOf(Accepted.class);
    assertThat(other.check("https://example.com:8443/")).isInstanceOf(Accepted.class);
    assertThat(other.check("http://example.com/")).isInstanceOf(Refused.class);
  }

  @Test
  void allow_onCloudRun_isRefused() {
    assertThatThrownBy(
            () -> guard(Map.of("OUTBOUND_ALLOW", "127.0.0.0/8", "K_SERVICE", "whatsit-upload")))
        .isInstanceOf(InvalidSettings.class)
        .hasMessageContaining("OUTBOUND_ALLOW");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "127.0.0.1/8",
        "127.0.0.0/33",
        "127.0.0.0/-1",
        "127.0.0.0/",
        "/8",
        "127.0.0/8",
        "localhost/8",
        "::1/129",
        "fe80::%1/64",
        "10.0.0.0/8,",
      })
  void allow_noBlock_isRefused(String blocks) {
    assertThatThrownBy(() -> guard(Map.of("OUTBOUND_ALLOW", blocks)))
        .isInstanceOf(InvalidSettings.class)
        .hasMessageContaining("OUTBOUND_ALLOW");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "65536", "80,", "http", "-1", "080", "80 443"})
  void ports_noPorts_areRefused(String ports) {
    assertThatThrownBy(() -> guard(Map.of("OUTBOUND_PORTS", ports)))
        .isInstanceOf(InvalidSettings.class)
        .hasMessageContaining("OUTBOUND_PORTS");
  }
}
