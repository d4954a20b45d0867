package dev.whatsit.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** gcloud accepts the README's commands for a manual deployment. */
class ReadmeCommandsIT {
  private static final System.Logger LOG = System.getLogger(ReadmeCommandsIT.class.getName());

  private static final Pattern FENCE = Pattern.compile("```sh\\R(.*?)```", Pattern.DOTALL);
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{?([A-Z_]+)}?");
  private static final Pattern FLAG =
      Pattern.compile("--([a-z0-9-]+)(?:=('[^']*'|\"[^\"]*\"|\\S+))?");

  /** For variables that a reader sets. */
  private static final Map<String, String> VALUES =
      Map.of(
          "PROJECT", "some-project",
          "REGION", "europe-west1",
          "BUCKET", "some-bucket",
          "AT", "some-project.iam.gserviceaccount.com",
          "COMMON", "GOOGLE_CLOUD_PROJECT=some-project",
          "STATUS_URL", "https://status.example.org",
          "SWEEP_URL", "https://sweep.example.org");

  static Stream<DeployedFunction> functions() {
    return DeployedFunction.allIn(Path.of("..", "functions"));
  }

  @Test
  void commands_all_areTakenByTheInstalledGcloud(@TempDir Path folder) throws Exception {
    if (!isInstalled()) {
      LOG.log(System.Logger.Level.WARNING, "SKIPPED: gcloud is not on the PATH");
    }
    assumeTrue(isInstalled(), "gcloud is not on the PATH: the README's commands are not checked");
    List<String> commands = commands();
    assertThat(commands).hasSizeGreaterThanOrEqualTo(10);
    JsonArray wanted = new JsonArray();
    for (String command : commands) {
      JsonObject one = new JsonObject();
      one.addProperty("command_string", command);
      wanted.add(one);
    }
    Path file = Files.writeString(folder.resolve("commands.json"), new Gson().toJson(wanted));

    List<String> refused = new ArrayList<>();
    int checked = 0;
    for (JsonElement result : JsonParser.parseString(lint(file, folder)).getAsJsonArray()) {
      JsonObject one = result.getAsJsonObject();
      checked++;
      if (!one.get("success").getAsBoolean()) {
        refused.add(one.get("command_string").getAsString() + ": " + one.get("error_message"));
      }
    }

    assertThat(refused).isEmpty();
    assertThat(checked).isEqualTo(commands.size());
  }

  @ParameterizedTest
  @MethodSource("functions")
  void deploy_ofEachFunction_saysWhatItNeeds(DeployedFunction function) throws IOException {
    Map<String, String> flags = flagsOf(function);

    assertThat(flags)
        .containsEntry("source", "functions/" + function.name() + "/target/deployment")
        .containsKeys(
            "gen2", "region", "runtime", "memory", "cpu", "concurrency", "timeout", "max-instances")
        .containsEntry("no-allow-unauthenticated", "")
        .hasEntrySatisfying(
            "service-account",
            account -> assertThat(account).startsWith("whatsit-" + function.name() + "@"))
        .hasEntrySatisfying(
            "set-build-env-vars", value -> assertThat(value).contains("USE_JAVA_FF_2=true"));
    assertThat(Double.parseDouble(flags.getOrDefault("cpu", "0")))
        .as("more than one request at a time needs a whole processor")
        .isGreaterThanOrEqualTo(
            Integer.parseInt(flags.getOrDefault("concurrency", "0")) > 1 ? 1 : 0.083);
    String entry = flags.getOrDefault("entry-point", "").replace('.', '/') + ".class";
    try (JarFile jar = new JarFile(function.jar().toFile())) {
      assertThat(jar.getEntry(entry)).as(entry).isNotNull();
    }
  }

  @ParameterizedTest
  @MethodSource("functions")
  void deploy_ofEventFunctions_deliversAgainAfterAFailure(DeployedFunction function)
      throws IOException {
    Map<String, String> flags = flagsOf(function);

    // Without --retry one failure loses the event.
    assertThat(flags.containsKey("retry")).isEqualTo(flags.containsKey("trigger-topic"));
    assertThat(flags.containsKey("trigger-http")).isNotEqualTo(flags.containsKey("trigger-topic"));
  }

  /** The flags of the command that deploys a function. */
  static Map<String, String> flagsOf(DeployedFunction function) throws IOException {
    String start = "gcloud functions deploy " + function.name() + " ";
    List<String> found = commands().stream().filter(c -> c.startsWith(start)).toList();
    assertThat(found).as("commands that begin with " + start).hasSize(1);
    Map<String, String> flags = new HashMap<>();
    Matcher flag = FLAG.matcher(found.get(0));
    while (flag.find()) {
      flags.put(flag.group(1), flag.group(2) == null ? "" : flag.group(2));
    }
    return flags;
  }

  /** Every gcloud command in the README's shell blocks, in one line, with values for variables. */
  private static List<String> commands() throws IOException {
    List<String> commands = new ArrayList<>();
    Matcher fence = FENCE.matcher(Files.readString(Path.of("..", "README.md")));
    while (fence.find()) {
      for (String line : fence.group(1).replaceAll("\\\\\\R\\s*", "").lines().toList()) {
        String command = line.replaceAll("^[A-Z_]+=\\$\\((gcloud .*)\\)$", "$1").strip();
        if (command.startsWith("gcloud ")) {
          Matcher variable = VARIABLE.matcher(command);
          commands.add(
              variable.replaceAll(found -> VALUES.getOrDefault(found.group(1), "some-value")));
        }
      }
    }
    return commands;
  }

  private static boolean isInstalled() {
    String path = System.getenv().getOrDefault("PATH", "");
    return Arrays.stream(path.split(File.pathSeparator))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, "gcloud")));
  }

  private static String lint(Path file, Path folder) throws IOException, InterruptedException {
    Path errors = folder.resolve("errors.txt");
    ProcessBuilder builder =
        new ProcessBuilder("gcloud", "meta", "lint-gcloud-commands", "--commands-file=" + file);
    builder.environment().put("CLOUDSDK_CONFIG", folder.resolve("config").toString());
    builder.environment().put("CLOUDSDK_CORE_DISABLE_PROMPTS", "1");
    Process process = builder.redirectError(errors.toFile()).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(Files.readString(errors)).isZero();
    return output;
  }
}
