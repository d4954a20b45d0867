package dev.whatsit.http;

/** Ends the handling of a request; the client gets the problem as its response. */
public final class ProblemException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Problem problem;

  /** With the problem that the client gets. */
  public ProblemException(Problem problem) {
    // No stack trace: this is a response, not a fault, and refusals must stay cheap.
    super(problem.code() + ": " + problem.detail(), null, false, false);
    this.problem = problem;
  }

  /** The problem that the client gets. */
  public Problem problem() {
    return problem;
  }
}
