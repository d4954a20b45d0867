package dev.whatsit.upload;

import dev.whatsit.domain.failure.FailureCodes;
import dev.whatsit.domain.image.ImageDescription;
import dev.whatsit.domain.image.ImageValidator;
import dev.whatsit.domain.image.Inspection;
import dev.whatsit.domain.queue.TraceParent;
import dev.whatsit.domain.record.ImageRecord;
import dev.whatsit.http.ApiRequest;
import dev.whatsit.http.ApiResponse;
import dev.whatsit.http.CompletionWaiter;
import dev.whatsit.http.ContentDigest;
import dev.whatsit.http.FieldErrors;
import dev.whatsit.http.ImageReceiver;
import dev.whatsit.http.ImageResource;
import dev.whatsit.http.JsonBody;
import dev.whatsit.http.Problem;
import dev.whatsit.http.ProblemException;
import dev.whatsit.http.PublicUrl;
import dev.whatsit.http.QueryParameters;
import dev.whatsit.http.ReceivedImage;
import dev.whatsit.http.Routes;
import dev.whatsit.logging.EventLog;
import dev.whatsit.logging.Labels;
import dev.whatsit.outbound.OutboundUrl;
import dev.whatsit.outbound.image.FetchedImage;
import dev.whatsit.outbound.image.ImageFetch;
import dev.whatsit.outbound.image.SourceFailure;
import dev.whatsit.submission.SubmitImage;
import java.io.InputStream;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * {@code POST /v1/images}: reads the body or fetches the URL in it, validates the image's header
 * and submits the image.
 */
final class UploadHandler implements Routes.Handler {
  private static final EventLog LOG = EventLog.of(UploadHandler.class);

  private static final int MAX_JSON_BYTES = 1 << 20;
  private static final Set<String> JSON_TYPES = Set.of("application/json");

  private final ImageReceiver receiver;
  private final ImageValidator validator;
  private final ImageFetch imageFetch;
  private final SubmitImage submitImage;
  private final CallbackRegistration callbacks;
  private final CompletionWaiter waiter;
  private final PublicUrl publicUrl;
  private final Clock clock;

  UploadHandler(
      ImageReceiver receiver,
      ImageValidator validator,
      ImageFetch imageFetch,
      SubmitImage submitImage,
      CallbackRegistration callbacks,
      CompletionWaiter waiter,
      PublicUrl publicUrl,
      Clock clock) {
    this.receiver = receiver;
    this.validator = validator;
    this.imageFetch = imageFetch;
    this.submitImage = submitImage;
    this.callbacks = callbacks;
    this.waiter = waiter;
    this.publicUrl = publicUrl;
    this.clock = clock;
  }

  @Override
  public ApiResponse handle(ApiRequest request) {
    String mediaType = request.mediaType();
    if (mediaType.equals("application/json")) {
      return respond(request, fetch(request));
    }
    request.requireUnencodedBody();
    if (mediaType.equals("multipart/form-data")) {
      if (request.header("Content-Digest").isPresent()) {
        throw new ProblemException(
            Problem.of(
                400,
                "DIGEST_NOT_CHECKABLE",
                "The digest of a multipart body cannot be checked",
                "Send Content-Digest as a header of the file part, or send the plain bytes."));
      }
      FilePart part = FilePart.of(request);
      SubmissionOptions options = options(request, part.fields());
      return respond(
          request,
          receive(
              request, part.stream(), OptionalLong.of(part.size()), part.contentDigest(), options));
    }
    // Checked before the body is read, so that a wrong option costs no transfer.
    SubmissionOptions options = options(request, Map.of());
    Optional<String> digest = request.joinedHeader("Content-Digest");
    // Parsed before the body is read, so that a malformed digest costs no transfer.
    digest.ifPresent(ContentDigest::parse);
    return respond(
        request, receive(request, request.body(), request.contentLength(), digest, options));
  }

  private SubmissionOptions options(ApiRequest request, Map<String, String> form) {
    FieldErrors errors = new FieldErrors();
    QueryParameters query = QueryParameters.of(request, errors);
    SubmissionOptions options =
        SubmissionOptions.read(query::text, form, null, errors, clock.instant());
    callbacks.check(options.callbackUrl(), errors);
    errors.verify();
    return options;
  }

  /** Frees the image's memory before it returns: waiting for the result needs none. */
  private ImageRecord receive(
      ApiRequest request,
      InputStream in,
      OptionalLong length,
      Optional<String> digest,
      SubmissionOptions options) {
    try (ReceivedImage received = receiver.receive(in, length)) {
      digest.ifPresent(value -> ContentDigest.check(value, received.hash()));
      return submit(request, inspect(received), received, options);
    }
  }

  /** Frees the image's memory before it returns, as {@link #receive} does. */
  private ImageRecord fetch(ApiRequest request) {
    FieldErrors errors = new FieldErrors();
    JsonBody body = JsonBody.read(request, MAX_JSON_BYTES, JSON_TYPES, errors);
    QueryParameters query = QueryParameters.of(request, errors);
    SubmissionOptions options =
        SubmissionOptions.read(query::text, Map.of(), body, errors, clock.instant());
    callbacks.check(options.callbackUrl(), errors);
    OutboundUrl url = Source.read(body, imageFetch, errors);
    try (FetchedImage fetched = imageFetch.fetch(url)) {
      return submit(request, fetched.image(), fetched.received(), options);
    } catch (SourceFailure e) {
      LOG.info("not fetched", request.labels().and("code", e.code()).and("source", url.origin()));
      throw Source.problem(e);
    }
  }

  private ImageRecord submit(
      ApiRequest request,
      ImageDescription image,
      ReceivedImage received,
      SubmissionOptions options) {
    Instant now = clock.instant();
    Instant dueAt = options.dueAt(now).orElse(null);
    TraceParent trace = request.trace().orElse(null);
    Labels labels = request.labels().and("image_hash", image.hash());
    Optional<ImageRecord> known = submitImage.known(image.hash(), now);
    if (known.isPresent()) {
      LOG.info("deduplicated", labels.and("image_status", known.get().status().word()));
      // The callback first: if the image has too many of them, nothing else may be changed.
      ImageRecord record = callbacks.register(known.get(), options, now, request.labels());
      return submitImage.again(record, trace, dueAt, now);
    }
    ImageRecord record = submitImage.submit(image, received.bytes(), trace, dueAt, now);
    LOG.info("accepted", labels.and("size_bytes", image.sizeBytes()));
    return callbacks.register(record, options, clock.instant(), request.labels());
  }

  private ImageDescription inspect(ReceivedImage received) {
    Inspection inspection = validator.inspect(received.bytes());
    if (inspection instanceof Inspection.Accepted accepted) {
      return accepted.describe(received.hash(), received.bytes().size());
    }
    Inspection.Refused refused = (Inspection.Refused) inspection;
    throw new ProblemException(
        switch (refused.reason()) {
          case UNSUPPORTED_FORMAT ->
              Problem.of(
                  415, "UNSUPPORTED_FORMAT", "Not an accepted image format", refused.detail());
          case CORRUPT_IMAGE ->
              Problem.of(415, "CORRUPT_IMAGE", "The image's header is broken", refused.detail());
          case TOO_MANY_PIXELS ->
              Problem.of(413, "TOO_MANY_PIXELS", "The image has too many pixels", refused.detail())
                  .with("max_pixels", validator.limits().maxPixels());
          case TOO_COMPLEX ->
              Problem.of(
                  413,
                  FailureCodes.IMAGE_TOO_COMPLEX,
                  "Decoding the image would take too much",
                  refused.detail());
        });
  }

  private ApiResponse respond(ApiRequest request, ImageRecord submitted) {
    CompletionWaiter.Result waited = waiter.await(request, submitted);
    ImageRecord record = waited.record();
    return waited.mark(
        record.status().isFinal()
            ? ApiResponse.json(200, ImageResource.of(record))
            : publicUrl.accepted(record, clock.instant()));
  }
}
