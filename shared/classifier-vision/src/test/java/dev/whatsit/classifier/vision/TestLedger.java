package dev.whatsit.classifier.vision;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A ledger in memory that records its calls. */
final class TestLedger implements MonthlyUnits.Ledger {
  private final Map<String, Long> spent = new HashMap<>();
  private final List<String> calls = new ArrayList<>();

  @Override
  public synchronized long reserve(String account, long units, long ceiling) {
    calls.add(account + " " + units);
    long before = spent.getOrDefault(account, 0L);
    long granted = Math.max(0, Math.min(units, ceiling - before));
    spent.put(account, before + granted);
    return granted;
  }

  /** Every call as account and units. */
  synchronized List<String> calls() {
    return List.copyOf(calls);
  }
}
