package dev.whatsit.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.whatsit.deployment.TerraformTable.LogLines;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Terraform sets exactly the settings that the code reads. The tests below {@code terraform/tests}
 * check Terraform alone; these compare it with the deployed functions.
 */
class TerraformIT {
  /** Every role that Terraform grants to the functions, and to Google's service agents. */
  private static final Set<String> ROLES =
      Set.of(
          "roles/artifactregistry.writer",
          "roles/cloudkms.cryptoKeyEncrypterDecrypter",
          "roles/cloudtasks.enqueuer",
          "roles/datastore.user",
          "roles/datastore.viewer",
          "roles/iam.serviceAccountUser",
          "roles/iam.serviceAccountTokenCreator",
          "roles/iap.httpsResourceAccessor",
          "roles/logging.logWriter",
          "roles/pubsub.publisher",
          "roles/pubsub.subscriber",
          "roles/run.invoker",
          "roles/secretmanager.secretAccessor",
          "roles/storage.objectCreator",
          "roles/storage.objectViewer");

  /**
   * The role that applies resources with this prefix. Keys and billing accounts belong to another
   * role.
   */
  private static final Map<String, String> APPLIES =
      Map.ofEntries(
          Map.entry("artifact_registry", "roles/artifactregistry.admin"),
          Map.entry("billing", "roles/viewer"),
          Map.entry("cloud_run", "roles/run.admin"),
          Map.entry("cloud_scheduler", "roles/cloudscheduler.admin"),
          Map.entry("cloud_tasks", "roles/cloudtasks.admin"),
          Map.entry("cloudfunctions2", "roles/cloudfunctions.admin"),
          Map.entry("compute", "roles/compute.loadBalancerAdmin"),
          Map.entry("firestore", "roles/datastore.owner"),
          Map.entry("iam_workload_identity", "roles/iam.workloadIdentityPoolAdmin"),
          Map.entry("iap", "roles/iap.admin"),
          Map.entry("kms", "roles/viewer"),
          Map.entry("logging", "roles/logging.configWriter"),
          Map.entry("monitoring", "roles/monitoring.admin"),
          Map.entry("project_iam", "roles/resourcemanager.projectIamAdmin"),
          Map.entry("project_service", "roles/serviceusage.serviceUsageAdmin"),
          Map.entry("pubsub", "roles/pubsub.admin"),
          Map.entry("secret_manager", "roles/secretmanager.admin"),
          Map.entry("service_account", "roles/iam.serviceAccountAdmin"),
          Map.entry("storage", "roles/storage.admin"));

  private static final Pattern ROLE = Pattern.compile("\"(roles/[A-Za-z.]+)\"");

  /** For development, or set by the platform itself; none of them belongs into a deployment. */
  private static final Set<String> NEVER_SET =
      Set.of(
          "WHATSIT_BACKEND",
          "FIRESTORE_EMULATOR_HOST",
          "PUBSUB_EMULATOR_HOST",
          "CLOUD_TASKS_EMULATOR_HOST",
          "STORAGE_EMULATOR_HOST",
          // Refused where the other variable is set, which the platform does.
          "OUTBOUND_ALLOW",
          "K_SERVICE");

  /** Values in the format in which Terraform sets them. */
  private static final Map<String, String> VALUES =
      Map.ofEntries(
          Map.entry("GOOGLE_CLOUD_PROJECT", "some-project"),
          Map.entry("FIRESTORE_DATABASE", "whatsit-records"),
          Map.entry("IMAGE_BUCKET", "some-project-whatsit-images"),
          Map.entry("WORK_TOPIC", "whatsit-work"),
          Map.entry("DEAD_LETTER_TOPIC", "whatsit-dead-letters"),
          Map.entry("SCHEDULE_QUEUE", "projects/some-project/locations/europe-west1/queues/later"),
          Map.entry("SCHEDULE_ACCOUNT", "whatsit-due-work@some-project.iam.gserviceaccount.com"),
          Map.entry("FETCH_TOPIC", "whatsit-fetches"),
          Map.entry("RESULTS_TOPIC", "whatsit-results"),
          Map.entry("CALLBACK_SECRETS", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
          Map.entry("PUBLIC_URL", "https://whatsit-status-abc123-ew.a.run.app"),
          Map.entry("CLASSIFIER", "vision"),
          Map.entry("VISION_FEATURES", "labels,safe_search"),
          Map.entry("VISION_MONTHLY_LIMIT", "1000"),
          Map.entry("CLASSIFIER_DEADLINE_SECONDS", "60"),
          Map.entry("FUNCTION_TIMEOUT_SECONDS", "120"),
          Map.entry("LEASE_SECONDS", "150"),
          Map.entry("ACK_DEADLINE_SECONDS", "180"));

  /** The topics by their constants in the code. */
  private static final Map<String, Topic> TOPICS =
      Map.of(
          "WORK", new Topic("WORK_TOPIC", "work"),
          "RESULTS", new Topic("RESULTS_TOPIC", "results"),
          "FETCHES", new Topic("FETCH_TOPIC", "fetches"),
          "DEAD_LETTERS", new Topic("DEAD_LETTER_TOPIC", "dead-letters"));

  /**
   * A topic of the deployment.
   *
   * @param setting that names it
   * @param name in Terraform
   */
  private record Topic(String setting, String name) {}

  private static Topic topic(String constant) {
    return Objects.requireNonNull(TOPICS.get(constant), constant);
  }

  static Stream<DeployedFunction> functions() {
    return DeployedFunction.allIn(Path.of("..", "functions"));
  }

  @Test
  void table_functions_areThoseOfTheProject() throws IOException {
    assertThat(TerraformTable.read().functions())
        .containsExactlyInAnyOrderElementsOf(functions().map(DeployedFunction::name).toList());
  }

  @ParameterizedTest
  @MethodSource("functions")
  void archive_ofEachFunction_isTheZipThatTheBuildLeaves(DeployedFunction function)
      throws IOException {
    Matcher path =
        Pattern.compile("\"\\$\\{path\\.module}/(\\.\\./functions/[^\"]*\\.zip)\"")
            .matcher(Files.readString(TerraformTable.FOLDER.resolve("functions.tf")));
    List<Path> paths = new ArrayList<>();
    while (path.find()) {
      paths.add(
          TerraformTable.FOLDER.resolve(path.group(1).replace("${each.key}", function.name())));
    }

    assertThat(paths).anySatisfy(zip -> assertThat(zip.normalize()).isEqualTo(function.zip()));
    assertThat(function.zip()).exists();
  }

  @ParameterizedTest
  @MethodSource("functions")
  void entryPoints_ofEachFunction_areClassesForTheWayThatTheyAreCalled(DeployedFunction function)
      throws IOException {
    TerraformTable table = TerraformTable.read();
    DeployedCode code = DeployedCode.of(function);
    String called = table.entryPoint(function.name());

    assertThat(code.has(called)).as(called).isTrue();
    assertThat(code.isA(called, "dev.whatsit.http.HttpService"))
        .as(called + " must be called over HTTP: a push is no CloudEvent")
        .isTrue();
    assertThat(table.eventEntryPoint(function.name()).stream())
        .allSatisfy(
            delivered ->
                assertThat(code.takesEvents(delivered))
                    .as(delivered + " must take the CloudEvents of Eventarc")
                    .isTrue());
  }

  @ParameterizedTest
  @MethodSource("functions")
  void settings_ofEachFunction_areThoseThatItReads(DeployedFunction function) throws IOException {
    TerraformTable table = TerraformTable.read();
    String name = function.name();
    // A list, so that a setting that is in two of them is a failure.
    List<String> declared = new ArrayList<>(table.words(name, "sets"));
    declared.addAll(table.words(name, "optional"));
    declared.addAll(table.keys(name, "secrets"));

    DeployedCode code = DeployedCode.of(function);
    Set<String> read = code.settingsReadBy(table.entryPoint(name));

    assertThat(read).as("found at all").contains("GOOGLE_CLOUD_PROJECT");
    read.removeAll(NEVER_SET);
    // One class reads the topics that the composition root requests.
    code.topics().forEach(topic -> read.add(topic(topic).setting()));
    if (function.libraries().stream()
        .noneMatch(jar -> jar.toString().contains("google-cloud-tasks"))) {
      read.removeAll(Set.of("SCHEDULE_QUEUE", "SCHEDULE_ACCOUNT"));
    }
    assertThat(declared).containsExactlyInAnyOrderElementsOf(read);
  }

  @ParameterizedTest
  @MethodSource("functions")
  void topics_ofEachFunction_areThoseThatItMayPublishTo(DeployedFunction function)
      throws IOException {
    assertThat(TerraformTable.read().words(function.name(), "publishes"))
        .containsExactlyInAnyOrderElementsOf(
            DeployedCode.of(function).topics().stream()
                .map(constant -> topic(constant).name())
                .toList());
  }

  static Stream<Arguments> entryPoints() throws IOException {
    List<Arguments> found = new ArrayList<>();
    for (DeployedFunction function : functions().toList()) {
      DeployedCode code = DeployedCode.of(function);
      for (String entryPoint : code.entryPoints()) {
        found.add(Arguments.of(function, entryPoint, code.takesEvents(entryPoint)));
      }
    }
    return found.stream();
  }

  /** With what Terraform sets and nothing else. */
  @ParameterizedTest
  @MethodSource("entryPoints")
  void start_everyEntryPoint_respondsToItsFirstRequest(
      DeployedFunction function, String entryPoint, boolean takesEvents, @TempDir Path folder)
      throws Exception {
    TerraformTable table = TerraformTable.read();
    Map<String, String> environment = new HashMap<>();
    table
        .platformEnvironment()
        .entrySet()
        .forEach(entry -> environment.put(entry.getKey(), entry.getValue().getAsString()));
    environment.merge(
        "JAVA_TOOL_OPTIONS", table.javaFlags(function.name()), (all, own) -> all + " " + own);
    List<String> given = new ArrayList<>(table.words(function.name(), "sets"));
    given.addAll(table.keys(function.name(), "secrets"));
    for (String setting : given) {
      assertThat(VALUES).as("a value to try " + setting + " with").containsKey(setting);
      environment.put(setting, VALUES.getOrDefault(setting, ""));
    }

    try (FunctionProcess process =
        FunctionProcess.start(
            Platform.standard().machine("-Xmx384m"),
            function.directory(),
            entryPoint,
            takesEvents ? "cloudevent" : "http",
            environment,
            folder)) {
      HttpResponse<String> response =
          takesEvents
              ? Http.sendEvent(process, "unreadable", new JsonObject())
              : Http.get(process.at("/health/live"));
      // Only classify needs a service for it: it publishes an unreadable event as a dead letter.
      Integer[] expected = takesEvents ? new Integer[] {200, 204, 500} : new Integer[] {204};
      assertThat(response.statusCode()).as(process.printed()).isIn((Object[]) expected);
    }
  }

  @Test
  void logged_messagesAndLabels_areWrittenByTheCode() throws IOException {
    TerraformTable table = TerraformTable.read();
    assertThat(table.logged()).hasSizeGreaterThanOrEqualTo(9);
    for (LogLines lines : table.logged()) {
      DeployedCode code = codeOf(lines.function());
      Set<String> written = new TreeSet<>();
      for (String logger : lines.loggers()) {
        assertThat(code.texts(logger)).as(logger).containsAnyElementsOf(lines.messages());
        written.addAll(code.texts(logger));
      }

      assertThat(written).as(lines.loggers().toString()).containsAll(lines.messages());
      // The constants of a line that several classes write are in a class of the same package.
      for (String logger : lines.loggers()) {
        written.addAll(code.textsBeside(logger));
      }
      assertThat(written).as(lines.loggers().toString()).containsAll(lines.labels());
    }
  }

  @Test
  void roles_ofEverythingThatRuns_areTheFewThatAreKnown() throws IOException {
    Set<String> granted = new TreeSet<>();
    for (Path file : TerraformTable.files()) {
      String text = Files.readString(file);
      // The deployer needs more roles than the deployed functions; this is off by default.
      if (!file.toString().contains("github-oidc")) {
        ROLE.matcher(text).results().forEach(role -> granted.add(role.group(1)));
      }
      assertThat(text)
          .as(file + ": a binding or a policy takes away what others granted")
          .doesNotContainPattern("resource \"google_\\w+_iam_(binding|policy)\"");
    }

    assertThat(granted).containsExactlyInAnyOrderElementsOf(ROLES);
  }

  @Test
  void github_identityThatApplies_hasTheRoleForEachKindOfThing() throws IOException {
    Pattern resource = Pattern.compile("(?m)^resource \"google_(\\w+)\"");
    String github = Files.readString(TerraformTable.FOLDER.resolve("modules/github-oidc/main.tf"));

    for (Path file : TerraformTable.files()) {
      for (MatchResult made : resource.matcher(Files.readString(file)).results().toList()) {
        String kind = made.group(1);
        String applies =
            APPLIES.entrySet().stream()
                .filter(entry -> kind.startsWith(entry.getKey()))
                .map(Map.Entry::getValue)
                .findAny()
                .orElse("no role that is known here");
        assertThat(github).as(file + ": " + kind).contains("\"" + applies + "\"");
      }
    }
  }

  private static DeployedCode codeOf(String function) throws IOException {
    return DeployedCode.of(DeployedFunction.of(DeployedSystem.FUNCTIONS, function));
  }

  @Test
  void monitoring_reasonOfTheCeiling_isTheOneThatTheCodeGives() throws IOException {
    String monitoring = Files.readString(TerraformTable.FOLDER.resolve("monitoring.tf"));
    Matcher reason = Pattern.compile("reason=\\\\\"([A-Z_]+)\\\\\"").matcher(monitoring);

    assertThat(reason.find()).isTrue();
    assertThat(codeOf("classify").texts()).contains(reason.group(1));
  }

  @Test
  void runbook_attributesOfDeadLetters_areThoseThatTheCodeWrites() throws IOException {
    Set<String> attributes =
        Pattern.compile("message\\.attributes\\.([a-z_]+)")
            .matcher(Files.readString(Path.of("..", "docs", "runbook.md")))
            .results()
            .map(found -> found.group(1))
            .collect(Collectors.toSet());

    assertThat(attributes).isNotEmpty();
    assertThat(codeOf("classify").texts()).containsAll(attributes);
  }

  @ParameterizedTest
  @MethodSource("functions")
  void readme_deploymentByHandOfEachFunction_isTheSame(DeployedFunction function)
      throws IOException {
    TerraformTable table = TerraformTable.read();
    String name = function.name();
    Map<String, String> flags = ReadmeCommandsIT.flagsOf(function);

    assertThat(Double.parseDouble(flags.getOrDefault("cpu", "")))
        .isEqualTo(table.number(name, "cpu"));
    assertThat(Double.parseDouble(flags.getOrDefault("concurrency", "")))
        .isEqualTo(table.number(name, "concurrency"));
    assertThat(Double.parseDouble(flags.getOrDefault("timeout", "").replace("s", "")))
        .isEqualTo(table.number(name, "timeout"));
    assertThat(Double.parseDouble(flags.getOrDefault("max-instances", "")))
        .isEqualTo(table.number(name, "max_instances"));
    assertThat(flags.getOrDefault("memory", "").replace("1Gi", "1024Mi"))
        .isEqualTo((int) table.number(name, "memory_mib") + "Mi");
    Set<String> byHand = new TreeSet<>();
    for (String pair : flags.getOrDefault("set-env-vars", "").replace("\"", "").split(",", -1)) {
      byHand.add(pair.split("=", 2)[0]);
    }
    byHand.removeAll(table.platformEnvironment().keySet());
    assertThat(table.words(name, "sets")).containsAll(byHand);
  }
}
