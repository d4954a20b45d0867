package dev.whatsit.status;

import com.google.gson.annotations.JsonAdapter;
import dev.whatsit.domain.document.EnumWord;
import dev.whatsit.domain.record.RecordPage;
import dev.whatsit.domain.record.RecordStore;
import dev.whatsit.domain.record.Status;
import dev.whatsit.http.ApiRequest;
import dev.whatsit.http.ApiResponse;
import dev.whatsit.http.FieldErrors;
import dev.whatsit.http.ImageResource;
import dev.whatsit.http.Json;
import dev.whatsit.http.QueryParameters;
import dev.whatsit.http.Routes;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /v1/images}: newest first, a page at a time. Links are left out: each may take a
 * remote call to sign, and the resource itself has one.
 */
final class ListHandler implements Routes.Handler {
  private static final int DEFAULT_SIZE = 50;
  private static final int MAX_SIZE = 100;

  private final RecordStore records;
  private final Clock clock;

  ListHandler(RecordStore records, Clock clock) {
    this.records = records;
    this.clock = clock;
  }

  @Override
  public ApiResponse handle(ApiRequest request) {
    FieldErrors errors = new FieldErrors();
    QueryParameters query = QueryParameters.of(request, errors);
    Status filter = status(query, errors);
    int size = query.integer("page_size", DEFAULT_SIZE, 1, MAX_SIZE);
    RecordPage.Position after = position(query, filter, errors);
    errors.verify();

    RecordPage page = records.list(filter, after, size, clock.instant());
    RecordPage.Position next = page.next();
    PageBody body =
        new PageBody(
            page.records().stream().map(ImageResource::of).toList(),
            next == null ? null : PageToken.of(filter, next));
    return ApiResponse.json(200, body).with("Cache-Control", "private, no-cache");
  }

  private record PageBody(
      List<ImageResource> images,
      @JsonAdapter(value = Json.ExplicitNull.class, nullSafe = false)
          @Nullable String nextPageToken) {}

  private static @Nullable Status status(QueryParameters query, FieldErrors errors) {
    Optional<String> word = query.text("status");
    Optional<Status> status = word.flatMap(text -> EnumWord.parse(Status.class, text));
    if (word.isEmpty() || status.isPresent()) {
      return status.orElse(null);
    }
    String words =
        Arrays.stream(Status.values()).map(Status::word).collect(Collectors.joining(", "));
    errors.add("status", "INVALID_VALUE", "Must be one of " + words + ".");
    return null;
  }

  private static RecordPage.@Nullable Position position(
      QueryParameters query, @Nullable Status filter, FieldErrors errors) {
    Optional<String> token = query.text("page_token").filter(text -> !text.isEmpty());
    if (token.isEmpty()) {
      return null;
    }
    Optional<RecordPage.Position> position = PageToken.parse(filter, token.get());
    if (position.isEmpty()) {
      errors.add(
          "page_token",
          "INVALID_TOKEN",
          "Must be the next_page_token of a response to the same listing, with the same status.");
    }
    return position.orElse(null);
  }
}
