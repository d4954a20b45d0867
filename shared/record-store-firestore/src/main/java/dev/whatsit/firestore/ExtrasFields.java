package dev.whatsit.firestore;

import dev.whatsit.domain.classification.Annotation;
import dev.whatsit.domain.classification.Colour;
import dev.whatsit.domain.classification.Extras;
import dev.whatsit.domain.classification.Landmark;
import dev.whatsit.domain.classification.RecognisedText;
import dev.whatsit.domain.classification.SafeSearch;
import dev.whatsit.domain.classification.SafeSearch.Likelihood;
import dev.whatsit.domain.classification.WebFindings;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What a classifier tells beside labels and objects, as a map in a record's document. */
final class ExtrasFields {
  private ExtrasFields() {}

  static Value of(Extras extras) {
    Map<String, Value> fields = new HashMap<>();
    put(fields, "safe_search", extras.safeSearch(), ExtrasFields::value);
    put(fields, "text", extras.text(), ExtrasFields::value);
    put(fields, "colours", extras.colours(), list(ExtrasFields::value));
    put(fields, "landmarks", extras.landmarks(), list(ExtrasFields::value));
    put(fields, "logos", extras.logos(), list(ExtrasFields::value));
    put(fields, "web", extras.web(), ExtrasFields::value);
    return Fields.of(fields);
  }

  static Extras read(Fields fields) {
    return new Extras(
        read(fields.mapOrNull("safe_search"), ExtrasFields::safeSearch),
        read(
            fields.mapOrNull("text"),
            text -> new RecognisedText(text.text("content"), text.flag("truncated"))),
        readAll(
            fields.mapsOrNull("colours"),
            colour ->
                new Colour(
                    colour.smallNumber("rgb"), colour.decimal("score"), colour.decimal("share"))),
        readAll(
            fields.mapsOrNull("landmarks"),
            landmark ->
                new Landmark(
                    landmark.text("label"),
                    landmark.decimal("confidence"),
                    read(
                        landmark.mapOrNull("place"),
                        place ->
                            new Landmark.Place(
                                place.decimal("latitude"), place.decimal("longitude"))))),
        readAll(
            fields.mapsOrNull("logos"),
            logo -> new Annotation(logo.text("label"), logo.decimal("confidence"))),
        read(
            fields.mapOrNull("web"),
            web ->
                new WebFindings(
                    web.texts("best_guesses"),
                    web.maps("entities").stream()
                        .map(
                            each ->
                                new WebFindings.Entity(each.text("label"), each.decimal("score")))
                        .toList(),
                    web.texts("pages"),
                    web.texts("images"))));
  }

  private static Value value(SafeSearch safeSearch) {
    return Fields.of(
        Map.of(
            "adult", Fields.of(safeSearch.adult().word()),
            "spoof", Fields.of(safeSearch.spoof().word()),
            "medical", Fields.of(safeSearch.medical().word()),
            "violence", Fields.of(safeSearch.violence().word()),
            "racy", Fields.of(safeSearch.racy().word())));
  }

  private static SafeSearch safeSearch(Fields fields) {
    return new SafeSearch(
        likelihood(fields, "adult"),
        likelihood(fields, "spoof"),
        likelihood(fields, "medical"),
        likelihood(fields, "violence"),
        likelihood(fields, "racy"));
  }

  private static Likelihood likelihood(Fields fields, String field) {
    String word = fields.text(field);
    try {
      return Likelihood.valueOf(word.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw fields.unreadable(field + " is " + word);
    }
  }

  private static Value value(RecognisedText text) {
    return Fields.of(
        Map.of("content", Fields.of(text.content()), "truncated", Fields.of(text.truncated())));
  }

  private static Value value(Colour colour) {
    return Fields.of(
        Map.of(
            "rgb", Fields.of((long) colour.rgb()),
            "score", Fields.of(colour.score()),
            "share", Fields.of(colour.share())));
  }

  private static Value value(Landmark landmark) {
    Map<String, Value> fields = new HashMap<>();
    fields.put("label", Fields.of(landmark.label()));
    fields.put("confidence", Fields.of(landmark.confidence()));
    put(
        fields,
        "place",
        landmark.place(),
        place ->
            Fields.of(
                Map.of(
                    "latitude", Fields.of(place.latitude()),
                    "longitude", Fields.of(place.longitude()))));
    return Fields.of(fields);
  }

  private static Value value(Annotation annotation) {
    return Fields.of(
        Map.of(
            "label", Fields.of(annotation.label()),
            "confidence", Fields.of(annotation.confidence())));
  }

  private static Value value(WebFindings web) {
    Function<List<String>, Value> texts = list(Fields::of);
    return Fields.of(
        Map.of(
            "best_guesses",
            texts.apply(web.bestGuesses()),
            "entities",
            list(ExtrasFields::entity).apply(web.entities()),
            "pages",
            texts.apply(web.pages()),
            "images",
            texts.apply(web.images())));
  }

  private static Value entity(WebFindings.Entity entity) {
    return Fields.of(
        Map.of("label", Fields.of(entity.label()), "score", Fields.of(entity.score())));
  }

  private static <T> Function<List<T>, Value> list(Function<T, Value> entry) {
    return all -> Fields.of(all.stream().map(entry).toList());
  }

  private static <T> void put(
      Map<String, Value> fields, String name, @Nullable T part, Function<T, Value> value) {
    if (part != null) {
      fields.put(name, value.apply(part));
    }
  }

  private static <T> @Nullable T read(@Nullable Fields fields, Function<Fields, T> part) {
    return fields == null ? null : part.apply(fields);
  }

  private static <T> @Nullable List<T> readAll(
      @Nullable List<Fields> entries, Function<Fields, T> entry) {
    return entries == null ? null : entries.stream().map(entry).toList();
  }
}
