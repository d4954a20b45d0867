package dev.whatsit.outbound.image;

import dev.whatsit.domain.failure.TransientFailure;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageValidator;
import dev.whatsit.domain.image.Inspection;
import dev.whatsit.http.ImageReceiver;
import dev.whatsit.http.ProblemException;
import dev.whatsit.http.ReceivedImage;
import dev.whatsit.outbound.AddressGuard.Accepted;
import dev.whatsit.outbound.AddressGuard.Refused;
import dev.whatsit.outbound.AddressGuard.Verdict;
import dev.whatsit.outbound.OutboundClient;
import dev.whatsit.outbound.OutboundFailure;
import dev.whatsit.outbound.OutboundUrl;
import java.util.Map;

/** Fetches images within the limits of an upload: bytes, memory, formats. Thread-safe. */
public final class ImageFetch {
  private static final String ACCEPT =
      "image/jpeg, image/png, image/gif, image/webp, image/bmp, image/*;q=0.5, */*;q=0.1";

  private final OutboundClient client;
  private final ImageReceiver receiver;
  private final ImageValidator validator;

  /** Fetches through a client, and accepts what the receiver and the validator accept. */
  public ImageFetch(OutboundClient client, ImageReceiver receiver, ImageValidator validator) {
    this.client = client;
    this.receiver = receiver;
    this.validator = validator;
  }

  /**
   * Checks a URL's form. Makes no lookup and no connection.
   *
   * @throws SourceFailure {@link SourceFailure#INVALID} or {@link SourceFailure#FORBIDDEN}
   */
  public OutboundUrl check(String url) {
    Verdict verdict = client.check(url);
    if (verdict instanceof Accepted accepted) {
      return accepted.url();
    }
    Refused refused = (Refused) verdict;
    throw new SourceFailure(code(refused.reason()), refused.detail(), Map.of(), false, null);
  }

  /**
   * Fetches the image that is at the URL now, all of it or nothing.
   *
   * @throws SourceFailure if no image was received; a later fetch may have another result
   * @throws ProblemException 503 if the memory budget is used up at this moment
   * @throws TransientFailure if too many names are being looked up at this moment
   */
  public FetchedImage fetch(OutboundUrl url) {
    ReceivedImage received = receive(url);
    try {
      return new FetchedImage(inspect(received), received);
    } catch (RuntimeException e) {
      received.close();
      throw e;
    }
  }

  private ReceivedImage receive(OutboundUrl url) {
    try {
      return client.get(url, ACCEPT, receiver::receive);
    } catch (OutboundFailure e) {
      throw new SourceFailure(
          code(e.reason()),
          e.detail(),
          e.status().isPresent() ? Map.of("source_status", (long) e.status().getAsInt()) : Map.of(),
          e.hasResponse(),
          e);
    } catch (ProblemException e) {
      // A bad body is the client's fault in an upload, but the source's fault here.
      switch (e.problem().code()) {
        case "IMAGE_TOO_LARGE" ->
            throw new SourceFailure(
                SourceFailure.TOO_LARGE,
                e.problem().detail(),
                Map.of("max_bytes", (long) receiver.maxBytes()),
                true,
                e);
        case "EMPTY_BODY" ->
            throw failure(SourceFailure.EMPTY, "The server's response has no bytes.");
        case "REQUEST_TIMEOUT" ->
            throw failure(
                SourceFailure.TIMEOUT, "The time was up before the whole response had arrived.");
        default -> throw e;
      }
    }
  }

  private ImageDescription inspect(ReceivedImage received) {
    Inspection inspection = validator.inspect(received.bytes());
    if (inspection instanceof Inspection.Accepted accepted) {
      return accepted.describe(received.hash(), received.bytes().size());
    }
    Inspection.Refused refused = (Inspection.Refused) inspection;
    throw switch (refused.reason()) {
      case UNSUPPORTED_FORMAT -> failure(SourceFailure.UNSUPPORTED_FORMAT, refused.detail());
      case CORRUPT_IMAGE -> failure(SourceFailure.CORRUPT_IMAGE, refused.detail());
      case TOO_COMPLEX -> failure(SourceFailure.TOO_COMPLEX, refused.detail());
      case TOO_MANY_PIXELS ->
          new SourceFailure(
              SourceFailure.TOO_MANY_PIXELS,
              refused.detail(),
              Map.of("max_pixels", validator.limits().maxPixels()),
              true,
              null);
    };
  }

  /** The code of a failed request, one of the constants of {@link SourceFailure}. */
  private static String code(OutboundFailure.Reason reason) {
    return "SOURCE_" + reason;
  }

  /** A failure of a response that was received. */
  private static SourceFailure failure(String code, String detail) {
    return new SourceFailure(code, detail, Map.of(), true, null);
  }
}
