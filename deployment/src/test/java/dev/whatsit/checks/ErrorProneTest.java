package dev.whatsit.checks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs Error Prone and NullAway on the sources of all modules in one compilation. In each module's
 * own compilation they would take a minute more.
 */
class ErrorProneTest {

  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final PathMatcher SOURCE =
      FileSystems.getDefault().getPathMatcher("glob:**/src/*/java/**.java");

  @Test
  void check_everyModule_findsNothing() throws IOException {
    List<Path> sources = sources(ROOT);

    assertThat(sources.size()).isGreaterThan(400);
    assertThat(findings(sources)).isEmpty();
  }

  @Test
  void check_plantedFaults_reportsEach(@TempDir Path root) throws IOException {
    write(
        root.resolve("a/src/main/java/planted/package-info.java"),
        "@org.jspecify.annotations.NullMarked package planted;");
    write(
        root.resolve("a/src/main/java/planted/NullReturn.java"),
        "package planted; class NullReturn { String name() { return null; } }");
    write(
        root.resolve("b/c/src/test/java/planted/BoxedEquality.java"),
        "package planted; class BoxedEquality { boolean same(Long a, Long b) { return a == b; } }");

    assertThat(findings(sources(root)))
        .anySatisfy(finding -> assertThat(finding).contains("NullReturn.java:1", "[NullAway]"))
        .anySatisfy(
            finding ->
                assertThat(finding).contains("BoxedEquality.java:1", "[BoxedPrimitiveEquality]"));
  }

  /** Every source of a module, of its tests and of what only a profile compiles. */
  private static List<Path> sources(Path root) throws IOException {
    List<Path> sources = new ArrayList<>();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            String name = folder.getFileName().toString();
            boolean skip = name.equals("target") || name.startsWith(".");
            return skip && !folder.equals(root)
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (SOURCE.matches(root.relativize(file))) {
              sources.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    return sources;
  }

  private static List<String> findings(List<Path> sources) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    DiagnosticCollector<JavaFileObject> diagnostics = new DiagnosticCollector<>();
    StringWriter failure = new StringWriter();
    try (StandardJavaFileManager files =
        compiler.getStandardFileManager(diagnostics, Locale.ROOT, null)) {
      boolean compiled =
          compiler
              .getTask(
                  failure,
                  files,
                  diagnostics,
                  List.of(
                      "--release=17",
                      "-proc:none",
                      // Where Error Prone looks for NullAway.
                      "-processorpath",
                      System.getProperty("java.class.path"),
                      "-Xlint:none",
                      "-Xmaxerrs",
                      "10000",
                      "-XDcompilePolicy=simple",
                      // Both analyses run after FLOW; no class files are wanted.
                      "--should-stop=ifError=FLOW",
                      "--should-stop=ifNoError=FLOW",
                      "-Xplugin:ErrorProne -Xep:NullAway:ERROR"
                          + " -XepOpt:NullAway:OnlyNullMarked=true"
                          + " -XepOpt:NullAway:ExcludedFieldAnnotations=org.junit.jupiter.api.io.TempDir"),
                  null,
                  files.getJavaFileObjectsFromPaths(sources))
              .call();
      List<String> findings =
          diagnostics.getDiagnostics().stream()
              .filter(
                  diagnostic ->
                      Set.of(
                              Diagnostic.Kind.ERROR,
                              Diagnostic.Kind.WARNING,
                              Diagnostic.Kind.MANDATORY_WARNING)
                          .contains(diagnostic.getKind()))
              .map(ErrorProneTest::text)
              .toList();
      assertThat(compiled || !findings.isEmpty()).as(failure.toString()).isTrue();
      return findings;
    }
  }

  private static String text(Diagnostic<? extends JavaFileObject> diagnostic) {
    JavaFileObject source = diagnostic.getSource();
    return (source == null ? "" : source.getName() + ":" + diagnostic.getLineNumber() + ": ")
        + diagnostic.getMessage(Locale.ROOT);
  }

  private static void write(Path file, String source) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, source);
  }
}
