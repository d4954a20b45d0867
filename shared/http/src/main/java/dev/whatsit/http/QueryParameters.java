package dev.whatsit.http;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads the parameters of a query, as forms encode them (WHATWG URL,
 * application/x-www-form-urlencoded). Parameters that are never read are ignored. Not thread-safe.
 */
public final class QueryParameters {
  private final Map<String, List<String>> values = new LinkedHashMap<>();
  private final FieldErrors errors;

  private QueryParameters(FieldErrors errors) {
    this.errors = errors;
  }

  /**
   * Parses a query. The framework's own parser is not used: its version 1 reads form bodies as
   * query parameters.
   *
   * @param errors receives the errors of single parameters
   * @throws ProblemException 400 {@code MALFORMED_REQUEST} if the query cannot be decoded
   */
  public static QueryParameters of(ApiRequest request, FieldErrors errors) {
    QueryParameters parameters = new QueryParameters(errors);
    for (String pair : request.query().split("&", -1)) {
      if (!pair.isEmpty()) {
        int equals = pair.indexOf('=');
        String name = decode(equals < 0 ? pair : pair.substring(0, equals));
        String value = equals < 0 ? "" : decode(pair.substring(equals + 1));
        parameters.values.computeIfAbsent(name, any -> new ArrayList<>()).add(value);
      }
    }
    return parameters;
  }

  private static String decode(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new ProblemException(Problems.malformedQuery());
    }
  }

  /** A parameter's value; empty when it is missing, or given twice, which is noted as an error. */
  public Optional<String> text(String name) {
    List<String> given = values.getOrDefault(name, List.of());
    if (given.size() > 1) {
      errors.add(name, "GIVEN_TWICE", "Give it once.");
      return Optional.empty();
    }
    return given.stream().findFirst();
  }

  /**
   * A whole number in a range, both ends included.
   *
   * @param defaultValue returned when the parameter is missing, or invalid, which is noted as an
   *     error
   */
  public int integer(String name, int defaultValue, int min, int max) {
    Optional<String> text = text(name);
    if (text.isEmpty()) {
      return defaultValue;
    }
    if (text.get().matches("[0-9]{1,9}")) {
      int number = Integer.parseInt(text.get());
      if (number >= min && number <= max) {
        return number;
      }
    }
    errors.add(name, "OUT_OF_RANGE", "Must be a whole number from " + min + " to " + max + ".");
    return defaultValue;
  }
}
