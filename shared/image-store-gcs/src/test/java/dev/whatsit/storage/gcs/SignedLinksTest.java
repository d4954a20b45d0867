package dev.whatsit.storage.gcs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.auth.Credentials;
import com.google.auth.ServiceAccountSigner;
import com.google.auth.oauth2.ServiceAccountCredentials;
import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageFormat;
import dev.whatsit.domain.image.SignedLink;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Links signed with a new private key. */
class SignedLinksTest {
  private static final String ACCOUNT = "status@whatsit-test.iam.gserviceaccount.com";
  private static KeyPair pair;

  private final ImageDescription image = Samples.image(Samples.bytes(1, 64), ImageFormat.PNG);
  private LinkReader reader;
  private SignedLinks links;

  @BeforeAll
  static void makeKey() throws NoSuchAlgorithmException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    pair = generator.generateKeyPair();
  }

  @BeforeEach
  void start(@TempDir Path folder) throws IOException {
    reader = new LinkReader(folder);
    reader.storage().trust(ACCOUNT, pair.getPublic());
    links = links(key());
  }

  @AfterEach
  void stop() {
    reader.close();
  }

  @Test
  void open_goodLink_showsTheBytesUnderTheTypeOfTheImage() throws Exception {
    HttpResponse<byte[]> answer = reader.open(links.sign(image, Samples.NOW).uri(), Samples.NOW);

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).containsExactly(1, 2, 3);
    assertThat(answer.headers().firstValue("Content-Type")).hasValue("image/png");
    assertThat(answer.headers().firstValue("Content-Disposition")).hasValue("inline");
  }

  @Test
  void sign_anyImage_touchesNoStorage() {
    links.sign(image, Samples.NOW);

    assertThat(reader.storage().calls()).isEmpty();
  }

  @Test
  void sign_overALifetime_givesThreeLinksAtMostEachSignedOnce() {
    AtomicInteger signatures = new AtomicInteger();
    SignedLinks counted = links(new Counting(signatures, key()::sign));
    Set<URI> seen = new HashSet<>();
    for (int second = 0; second < Samples.LINK_LIFETIME.toSeconds(); second++) {
      seen.add(counted.sign(image, Samples.NOW.plusSeconds(second)).uri());
    }

    assertThat(seen).hasSizeBetween(2, 3);
    assertThat(signatures).hasValue(seen.size());
  }

  @Test
  void sign_twoProcesses_giveTheSameLink() {
    assertThat(links(key()).sign(image, Samples.NOW)).isEqualTo(links.sign(image, Samples.NOW));
  }

  @Test
  void sign_moreImagesThanAreKept_signsTheOldestAgain() {
    AtomicInteger signatures = new AtomicInteger();
    SignedLinks counted = links(new Counting(signatures, toSign -> toSign));
    for (int i = 0; i < 5000; i++) {
      counted.sign(Samples.image(Samples.bytes(i, 8)), Samples.NOW);
    }
    counted.sign(Samples.image(Samples.bytes(4999, 8)), Samples.NOW);
    assertThat(signatures).hasValue(5000);

    counted.sign(Samples.image(Samples.bytes(0, 8)), Samples.NOW);

    assertThat(signatures).hasValue(5001);
  }

  @Test
  void sign_signerFailed_isAskedAgainTheNextTime() {
    AtomicInteger asked = new AtomicInteger();
    SignedLinks failing =
        links(
            () -> {
              if (asked.incrementAndGet() == 1) {
                throw new IOException("no credentials yet");
              }
              return key();
            });

    assertThatThrownBy(() -> failing.sign(image, Samples.NOW))
        .isInstanceOf(TransientFailure.class)
        .hasMessageContaining(": no credentials yet");
    SignedLink link = failing.sign(image, Samples.NOW);

    assertThat(link).isEqualTo(links.sign(image, Samples.NOW));
  }

  private SignedLinks links(Credentials credentials) {
    return links(() -> credentials);
  }

  private SignedLinks links(Callable<Credentials> credentials) {
    URI endpoint = reader.storage().endpoint();
    return new SignedLinks(
        Samples.client(endpoint, credentials, Samples.PATIENT),
        Samples.settings(Samples.BUCKET),
        ImageObjects.Area.IMAGES);
  }

  private static ServiceAccountCredentials key() {
    return ServiceAccountCredentials.newBuilder()
        .setClientEmail(ACCOUNT)
        .setPrivateKey(pair.getPrivate())
        .setPrivateKeyId("throw-away")
        .build();
  }

  private static final class Counting extends Credentials implements ServiceAccountSigner {
    private static final long serialVersionUID = 1L;

    private final AtomicInteger signatures;
    private final UnaryOperator<byte[]> signing;

    Counting(AtomicInteger signatures, UnaryOperator<byte[]> signing) {
      this.signatures = signatures;
      this.signing = signing;
    }

    @Override
    public String getAccount() {
      return ACCOUNT;
    }

    @Override
    public byte[] sign(byte[] toSign) {
      signatures.incrementAndGet();
      return signing.apply(toSign);
    }

    @Override
    public String getAuthenticationType() {
      return "test";
    }

    @Override
    public Map<String, List<String>> getRequestMetadata(URI uri) {
      return Map.of();
    }

    @Override
    public boolean hasRequestMetadata() {
      return false;
    }

    @Override
    public boolean hasRequestMetadataOnly() {
      return true;
    }

    @Override
    public void refresh() {}
  }
}
