package dev.whatsit.http;

import dev.whatsit.http.Problem.FieldError;
import java.util.ArrayList;
import java.util.List;

/**
 * Collects the errors of a request's fields, so that one response names all of them. Not
 * thread-safe.
 */
public final class FieldErrors {
  /**
   * More than an honest request has. Without the limit, a megabyte of invalid fields would get a
   * response of many megabytes.
   */
  private static final int MAX_ERRORS = 2000;

  private final List<FieldError> errors = new ArrayList<>();

  /** Creates an empty collection. */
  public FieldErrors() {}

  /**
   * Notes a wrong field, unless there are 2000 already.
   *
   * @param field its name as the client wrote it
   * @param code stable upper-case word
   * @param detail what is wrong and what would be right
   */
  public void add(String field, String code, String detail) {
    if (errors.size() < MAX_ERRORS) {
      errors.add(new FieldError(field, code, detail));
    }
  }

  /** Whether nothing is wrong so far. */
  public boolean isEmpty() {
    return errors.isEmpty();
  }

  /**
   * Refuses the request if any field is wrong.
   *
   * @throws ProblemException 422 with all of them
   */
  public void verify() {
    if (!errors.isEmpty()) {
      throw exception();
    }
  }

  /** 422 with all wrong fields, at least one. */
  public ProblemException exception() {
    return new ProblemException(Problem.invalid(errors));
  }
}
