package dev.whatsit.local;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.net.Socket;
import java.net.URLConnection;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The dependency rules between the modules. Each rule is checked to match some class. */
class ArchitectureTest {
  private static final String DOMAIN = "dev.whatsit.domain..";
  private static final List<String> ADAPTERS =
      List.of(
          "dev.whatsit.embedded..",
          "dev.whatsit.classifier..",
          "dev.whatsit.storage..",
          "dev.whatsit.documents.firestore..",
          "dev.whatsit.pubsub..",
          "dev.whatsit.grpc..");

  private static final List<String> FUNCTIONS =
      List.of(
          "dev.whatsit.upload..",
          "dev.whatsit.classify..",
          "dev.whatsit.thumbnail..",
          "dev.whatsit.status..",
          "dev.whatsit.control..",
          "dev.whatsit.sweep..",
          "dev.whatsit.deadletter..",
          "dev.whatsit.batch..",
          "dev.whatsit.fetch..",
          "dev.whatsit.progress..",
          "dev.whatsit.notify..");

  private static JavaClasses all;

  @BeforeAll
  static void read() {
    all =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.whatsit");
  }

  @Test
  void domain_dependsOnTheJdkGsonAndJSpecifyOnly() {
    floor(DOMAIN, 30);
    classes()
        .that()
        .resideInAPackage(DOMAIN)
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(DOMAIN, "java..", "org.jspecify..", "com.google.gson..")
        .check(all);
    forbid(
        List.of(DOMAIN), "com.google.cloud..", "io.cloudevents..", "java.net.http..", "java.sql..");
  }

  @Test
  void functions_neverSeeEachOtherNorAnAdapterNorTheLocalRun() {
    for (String function : FUNCTIONS) {
      floor(function, 3);
      List<String> others = new ArrayList<>(FUNCTIONS);
      others.remove(function);
      forbid(List.of(function), others.toArray(String[]::new));
    }
    forbid(FUNCTIONS, ADAPTERS.toArray(String[]::new));
    forbid(
        FUNCTIONS,
        "dev.whatsit.tasks..",
        "dev.whatsit.emulators..",
        "dev.whatsit.invoker..",
        "dev.whatsit.local..");
  }

  @Test
  void adapters_neverSeeFunctionsNorHttp() {
    ADAPTERS.forEach(adapter -> floor(adapter, 4));
    forbid(ADAPTERS, FUNCTIONS.toArray(String[]::new));
    forbid(
        ADAPTERS,
        "dev.whatsit.http..",
        "dev.whatsit.local..",
        "com.google.cloud.functions..",
        "io.cloudevents..");
  }

  @Test
  void environment_isReadByWiringsOnly() {
    assertThat(callersOf(System.class, "getenv"))
        .isNotEmpty()
        // EmulatorExtension is test code in the module that starts emulators.
        .allMatch(name -> name.matches(".*Wiring|Main|HttpService|EmulatorExtension"));
  }

  @Test
  void systemClock_isReadByWiringsOnly() {
    assertThat(callersOf(Clock.class, "system"))
        .contains("LocalServer")
        .allMatch(name -> name.matches(".*Wiring|LocalServer|.*Backend"));
  }

  /** The simple names of the classes that call a method with this beginning of its name. */
  private static Set<String> callersOf(Class<?> owner, String method) {
    Set<String> callers = new TreeSet<>();
    for (JavaClass type : all) {
      if (type.getMethodCallsFromSelf().stream()
          .anyMatch(
              call ->
                  call.getTargetOwner().isEquivalentTo(owner)
                      && call.getName().startsWith(method))) {
        callers.add(type.getSimpleName());
      }
    }
    return callers;
  }

  @Test
  void outboundRequests_areMadeBehindTheAddressGuardOnly() {
    floor("dev.whatsit.outbound..", 6);
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.whatsit.outbound..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.apache.hc..")
        .check(all);
    forbid(FUNCTIONS, "java.net.http..");
    noClasses()
        .that()
        .resideInAnyPackage(FUNCTIONS.toArray(String[]::new))
        .should()
        .dependOnClassesThat()
        .belongToAnyOf(Socket.class, URLConnection.class)
        .check(all);
  }

  @Test
  void packages_haveNoCycles() {
    assertThat(all.size()).isGreaterThan(100);
    slices().matching("dev.whatsit.(**)").should().beFreeOfCycles().check(all);
  }

  @Test
  void packages_areAllNullMarked() {
    Set<String> without = new TreeSet<>();
    int seen = 0;
    for (JavaPackage part : all.getPackage("dev.whatsit").getSubpackagesInTree()) {
      if (part.getClasses().isEmpty()) {
        continue;
      }
      seen++;
      if (!part.isAnnotatedWith(NullMarked.class)) {
        without.add(part.getName());
      }
    }
    assertThat(seen).isGreaterThan(12);
    assertThat(without).isEmpty();
  }

  private static void forbid(List<String> packages, String... dependencies) {
    noClasses()
        .that()
        .resideInAnyPackage(packages.toArray(String[]::new))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(dependencies)
        .check(all);
  }

  /** Checks that a rule applies to some classes. */
  private static void floor(String packages, int min) {
    assertThat(all.that(resideInAPackage(packages)).size())
        .as(packages)
        .isGreaterThanOrEqualTo(min);
  }
}
