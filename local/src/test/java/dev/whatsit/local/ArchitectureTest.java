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
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The dependency rules between the modules. Each rule is checked to match some class. */
class ArchitectureTest {
  private static final String DOMAIN = "dev.whatsit.domain..";
  private static final String[] ADAPTERS = {
    "dev.whatsit.embedded..",
    "dev.whatsit.classifier..",
    "dev.whatsit.storage..",
    "dev.whatsit.documents.firestore..",
    "dev.whatsit.pubsub..",
    "dev.whatsit.grpc.."
  };

  private static final String[] FUNCTIONS = {
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
    "dev.whatsit.notify.."
  };
  private static JavaClasses all;

  @BeforeAll
  static void read() {
    all =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.whatsit");
  }

  @Test
  void domain_touchesTheJdkAndJSpecifyOnly() {
    floor(DOMAIN, 30);
    classes()
        .that()
        .resideInAPackage(DOMAIN)
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(DOMAIN, "java..", "org.jspecify..", "com.google.gson..")
        .check(all);
    noClasses()
        .that()
        .resideInAPackage(DOMAIN)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "com.google.cloud..", "io.cloudevents..", "java.net.http..", "java.sql..")
        .check(all);
  }

  @Test
  void functions_neverSeeEachOtherNorAnAdapterNorTheLocalRun() {
    for (String function : FUNCTIONS) {
      floor(function, 3);
      for (String other : FUNCTIONS) {
        if (!function.equals(other)) {
          noClasses()
              .that()
              .resideInAPackage(function)
              .should()
              .dependOnClassesThat()
              .resideInAPackage(other)
              .check(all);
        }
      }
      noClasses()
          .that()
          .resideInAPackage(function)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "dev.whatsit.embedded..",
              "dev.whatsit.classifier..",
              "dev.whatsit.storage..",
              "dev.whatsit.documents.firestore..",
              "dev.whatsit.pubsub..",
              "dev.whatsit.tasks..",
              "dev.whatsit.grpc..",
              "dev.whatsit.emulators..",
              "dev.whatsit.invoker..",
              "dev.whatsit.local..")
          .check(all);
    }
  }

  @Test
  void adapters_neverSeeFunctionsNorHttp() {
    for (String adapter : ADAPTERS) {
      floor(adapter, 4);
    }
    noClasses()
        .that()
        .resideInAnyPackage(ADAPTERS)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(FUNCTIONS)
        .check(all);
    noClasses()
        .that()
        .resideInAnyPackage(ADAPTERS)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.whatsit.http..",
            "dev.whatsit.local..",
            "com.google.cloud.functions..",
            "io.cloudevents..")
        .check(all);
  }

  @Test
  void environment_isReadWhereThingsArePutTogether() {
    Set<String> readers = new TreeSet<>();
    for (JavaClass type : all) {
      if (type.getMethodCallsFromSelf().stream()
          .anyMatch(
              call ->
                  call.getTargetOwner().isEquivalentTo(System.class)
                      && call.getName().equals("getenv"))) {
        readers.add(type.getSimpleName());
      }
    }
    assertThat(readers)
        .isNotEmpty()
        .allSatisfy(
            name ->
                assertThat(
                        name.endsWith("Wiring")
                            || name.equals("Main")
                            || name.equals("HttpService")
                            // Test code in the module that starts emulators.
                            || name.equals("EmulatorExtension"))
                    .as(name)
                    .isTrue());
  }

  @Test
  void systemClock_isReadWhereThingsArePutTogether() {
    Set<String> readers = new TreeSet<>();
    for (JavaClass type : all) {
      if (type.getMethodCallsFromSelf().stream()
          .anyMatch(
              call ->
                  call.getTargetOwner().isEquivalentTo(Clock.class)
                      && call.getName().startsWith("system"))) {
        readers.add(type.getSimpleName());
      }
    }
    assertThat(readers)
        .contains("LocalServer")
        .allSatisfy(
            name ->
                assertThat(
                        name.endsWith("Wiring")
                            || name.equals("LocalServer")
                            || name.endsWith("Backend"))
                    .as(name)
                    .isTrue());
  }

  @Test
  void requestsToStrangers_areMadeBehindTheGuardAlone() {
    floor("dev.whatsit.outbound..", 6);
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.whatsit.outbound..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.apache.hc..")
        .check(all);
    noClasses()
        .that()
        .resideInAnyPackage(FUNCTIONS)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("java.net.http..")
        .orShould()
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

  private static void floor(String packages, int least) {
    assertThat(all.that(resideInAPackage(packages)).size())
        .as(packages)
        .isGreaterThanOrEqualTo(least);
  }
}
