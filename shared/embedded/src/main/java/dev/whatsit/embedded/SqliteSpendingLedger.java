package dev.whatsit.embedded;

import dev.whatsit.domain.record.SpendingLedger;
import dev.whatsit.embedded.Database.Outlives;

/** Accounts in the record store's database. Safe for use by several threads and processes. */
final class SqliteSpendingLedger implements SpendingLedger {
  private final Database database;

  SqliteSpendingLedger(Database database) {
    this.database = database;
  }

  @Override
  public long reserve(String account, long units, long ceiling) {
    return database.write(
        "reserve units of " + account,
        Outlives.POWER_FAILURE,
        session -> {
          long spent =
              session
                  .first("SELECT units FROM spending WHERE account = ?", r -> r.getLong(1), account)
                  .orElse(0L);
          long granted = Math.max(0, Math.min(units, ceiling - spent));
          if (granted > 0) {
            session.update(
                "INSERT INTO spending (account, units) VALUES (?, ?)"
                    + " ON CONFLICT (account) DO UPDATE SET units = excluded.units",
                account,
                spent + granted);
          }
          return granted;
        });
  }
}
