package dev.whatsit.firestore;

import com.google.gson.JsonElement;
import dev.whatsit.rest.Attempt;
import dev.whatsit.rest.JsonWire;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The way between the real client and the emulator: counts what goes over it, and fails. */
final class Wire implements JsonWire {
  static final String READ = "batchGet";
  static final String QUERY = "runQuery";
  static final String COMMIT = "commit";

  /** What becomes of one remote call. */
  sealed interface Fate {
    /** It never leaves. */
    record Refused(IOException failure) implements Fate {
      Refused(Code code) {
        this(code.refusal());
      }
    }

    /** The server does the work and its answer is lost. */
    record Lost(Code code) implements Fate {}

    /** Nothing happens to it. */
    record Passed() implements Fate {}
  }

  private final JsonWire wire;
  private final List<String> calls = new ArrayList<>();
  private Function<String, Fate> fates = method -> new Fate.Passed();

  Wire(JsonWire wire) {
    this.wire = wire;
  }

  /** The methods that were called since the last time, those included that never left. */
  synchronized List<String> calls() {
    List<String> made = List.copyOf(calls);
    calls.clear();
    return made;
  }

  synchronized void decideBy(Function<String, Fate> fates) {
    this.fates = fates;
  }

  /** Loses the answer to the next write and nothing after it. */
  void loseNextAnswer(Code code) {
    boolean[] done = {false};
    decideBy(
        method -> {
          if (done[0] || !method.equals(COMMIT)) {
            return new Fate.Passed();
          }
          done[0] = true;
          return new Fate.Lost(code);
        });
  }

  private synchronized Fate next(String method) {
    calls.add(method);
    return fates.apply(method);
  }

  @Override
  public JsonElement send(Attempt attempt, String path, @Nullable JsonElement body)
      throws IOException {
    Fate fate = next(path.substring(path.lastIndexOf(':') + 1));
    if (fate instanceof Fate.Refused refused) {
      throw refused.failure();
    }
    JsonElement answer = wire.send(attempt, path, body);
    if (fate instanceof Fate.Lost lost) {
      throw lost.code().refusal();
    }
    return answer;
  }
}
