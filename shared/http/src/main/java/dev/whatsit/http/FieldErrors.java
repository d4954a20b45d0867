package dev.whatsit.http;

import dev.whatsit.http.Problem.FieldError;
import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong with a request's fields, so that one answer tells all. For one thread. */
public final class FieldErrors {
  /** More than honest requests have; without it, a megabyte of nonsense gets many as its answer. */
  private static final int MAX_ERRORS = 2000;

  private final List<FieldError> errors = new ArrayList<>();

  /** None so far. */
  public FieldErrors() {}

  /**
   * Notes a wrong field, unless there are thousands already.
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
      throw new ProblemException(Problem.invalid(errors));
    }
  }
}
