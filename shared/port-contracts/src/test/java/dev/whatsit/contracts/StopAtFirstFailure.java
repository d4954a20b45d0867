package dev.whatsit.contracts;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.TestWatcher;

/** Skips the rest of a run once one test has failed, for runs that are to find a flaw. */
final class StopAtFirstFailure implements ExecutionCondition, TestWatcher {
  private static final Namespace NAMESPACE = Namespace.create(StopAtFirstFailure.class);

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    return context.getRoot().getStore(NAMESPACE).get("failed") == null
        ? ConditionEvaluationResult.enabled("nothing has failed")
        : ConditionEvaluationResult.disabled("the flaw is found");
  }

  @Override
  public void testFailed(ExtensionContext context, Throwable cause) {
    context.getRoot().getStore(NAMESPACE).put("failed", true);
  }
}
