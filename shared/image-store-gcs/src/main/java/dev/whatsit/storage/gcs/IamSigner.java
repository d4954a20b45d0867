package dev.whatsit.storage.gcs;

import com.google.api.client.http.GenericUrl;
import com.google.api.client.http.HttpRequest;
import com.google.api.client.http.json.JsonHttpContent;
import com.google.api.client.json.GenericJson;
import com.google.api.client.json.JsonObjectParser;
import com.google.api.client.json.gson.GsonFactory;
import com.google.api.client.util.escape.PercentEscaper;
import java.io.IOException;
import java.net.URI;
import java.util.Base64;
import java.util.Map;

/**
 * Has the IAM Credentials API sign, with a key that Google keeps. The library's own signers do so
 * too, but wait for 20 s at each of four attempts.
 *
 * @see <a
 *     href="https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/signBlob">signBlob</a>
 */
final class IamSigner implements LinkSigner {
  private static final PercentEscaper SEGMENT = new PercentEscaper("-_.~@");

  private final StorageCalls calls;
  private final String account;
  private final GenericUrl url;

  /**
   * A signer.
   *
   * @param endpoint of the API, without a path
   * @param account the service account as which to sign; the caller needs {@code
   *     iam.serviceAccounts.signBlob} on it
   */
  IamSigner(StorageCalls calls, URI endpoint, String account) {
    this.calls = calls;
    this.account = account;
    this.url =
        new GenericUrl(
            endpoint + "/v1/projects/-/serviceAccounts/" + SEGMENT.escape(account) + ":signBlob",
            true);
  }

  @Override
  public String account() {
    return account;
  }

  @Override
  public byte[] sign(String action, byte[] toSign) {
    Map<String, String> body = Map.of("payload", Base64.getEncoder().encodeToString(toSign));
    return calls.make(
        action + " as " + account,
        attempt -> {
          HttpRequest request =
              attempt
                  .transport()
                  .createRequestFactory(attempt.initializer())
                  .buildPostRequest(
                      url, new JsonHttpContent(GsonFactory.getDefaultInstance(), body));
          request.setParser(new JsonObjectParser(GsonFactory.getDefaultInstance()));
          Object signature = request.execute().parseAs(GenericJson.class).get("signedBlob");
          try {
            return Base64.getDecoder().decode(String.valueOf(signature));
          } catch (IllegalArgumentException e) {
            throw new IOException("the answer holds no signature", e);
          }
        });
  }
}
