package dev.whatsit.deployment;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.FieldVisitor;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Analyses the byte code of a deployed function's own classes: which classes an entry point
 * reaches, which settings those read, and which string constants are in them.
 */
final class DeployedCode {
  private static final String OURS = "dev/whatsit/";
  private static final String SETTINGS = "dev/whatsit/domain/settings/Settings";
  private static final String TOPIC = "dev/whatsit/domain/queue/Topic";
  private static final String SERVICES = "META-INF/services/dev.whatsit.";
  private static final Pattern NAME = Pattern.compile("[A-Z][A-Z0-9]*(_[A-Z0-9]+)*");

  private static final Pattern TAKES_A_TEXT =
      Pattern.compile("Ljava/lang/(String|Object|CharSequence);\\)");

  private final Map<String, Facts> classes = new HashMap<>();
  private final Set<String> providers = new TreeSet<>();

  /** The facts about one class. */
  private static final class Facts {
    final Set<String> references = new TreeSet<>();
    final Set<String> parents = new TreeSet<>();
    final Set<String> texts = new TreeSet<>();
    final Set<String> settings = new TreeSet<>();
    final Set<String> topics = new TreeSet<>();
    boolean holdsSettings;
  }

  static DeployedCode of(DeployedFunction function) throws IOException {
    DeployedCode code = new DeployedCode();
    try (JarFile file = new JarFile(function.jar().toFile())) {
      List<JarEntry> classes =
          file.stream()
              .filter(entry -> entry.getName().startsWith(OURS))
              .filter(entry -> entry.getName().endsWith(".class"))
              .toList();
      for (JarEntry entry : classes) {
        code.readReferences(new ClassReader(bytes(file, entry)));
      }
      // The classes that wrap the settings are known only after all classes were read.
      for (JarEntry entry : classes) {
        code.readSettings(new ClassReader(bytes(file, entry)));
      }
      file.stream()
          .filter(entry -> entry.getName().startsWith(SERVICES))
          .flatMap(entry -> new String(bytes(file, entry), StandardCharsets.UTF_8).lines())
          .map(String::strip)
          .filter(line -> !line.isEmpty() && !line.startsWith("#"))
          .forEach(line -> code.providers.add(line.replace('.', '/')));
    }
    return code;
  }

  private static byte[] bytes(JarFile file, JarEntry entry) {
    try (InputStream bytes = file.getInputStream(entry)) {
      return bytes.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  boolean has(String className) {
    return classes.containsKey(className.replace('.', '/'));
  }

  /** The classes that the platform can start, for HTTP or for events. */
  Set<String> entryPoints() {
    Set<String> found = new TreeSet<>();
    for (String name : classes.keySet()) {
      boolean http = isOf(name, "dev/whatsit/http/HttpService");
      if (name.endsWith("Function") && (http || takesEvents(name))) {
        found.add(name.replace('/', '.'));
      }
    }
    return found;
  }

  /** Whether a class takes the CloudEvents of Eventarc. */
  boolean takesEvents(String className) {
    return isA(className, "com.google.cloud.functions.CloudEventsFunction");
  }

  /** The string constants of a class. */
  Set<String> texts(String className) {
    return Optional.ofNullable(classes.get(className.replace('.', '/')))
        .map(facts -> Set.copyOf(facts.texts))
        .orElse(Set.of());
  }

  /** The string constants of those classes of the same package that a class uses. */
  Set<String> textsBeside(String className) {
    String name = className.replace('.', '/');
    String folder = name.substring(0, name.lastIndexOf('/') + 1);
    Set<String> texts = new TreeSet<>();
    Facts own = classes.get(name);
    for (String used : own == null ? Set.<String>of() : own.references) {
      if (used.startsWith(folder) && used.indexOf('/', folder.length()) < 0) {
        texts.addAll(texts(used));
      }
    }
    return texts;
  }

  /** The string constants of all classes. */
  Set<String> texts() {
    Set<String> texts = new TreeSet<>();
    classes.values().forEach(facts -> texts.addAll(facts.texts));
    return texts;
  }

  /** Whether a class of ours is of a type, by its parents and their interfaces. */
  boolean isA(String className, String type) {
    return isOf(className.replace('.', '/'), type.replace('.', '/'));
  }

  private boolean isOf(String className, String type) {
    Facts facts = classes.get(className);
    return className.equals(type)
        || (facts != null && facts.parents.stream().anyMatch(parent -> isOf(parent, type)));
  }

  /**
   * The names of the settings that are read when the entry point is built, by the classes that it
   * reaches and by services found with the service loader.
   */
  Set<String> settingsReadBy(String entryPoint) {
    Set<String> seen = new TreeSet<>();
    Deque<String> open = new ArrayDeque<>(List.of(entryPoint.replace('.', '/')));
    open.addAll(providers);
    Set<String> settings = new TreeSet<>();
    while (!open.isEmpty()) {
      String next = open.pop();
      Facts facts = classes.get(next);
      if (facts == null || !seen.add(next)) {
        continue;
      }
      settings.addAll(facts.settings);
      open.addAll(facts.references);
    }
    return settings;
  }

  /** The topic constants for which its composition root opens the message queue. */
  Set<String> topics() {
    Set<String> topics = new TreeSet<>();
    classes.forEach(
        (name, facts) -> {
          if (name.endsWith("Wiring")) {
            topics.addAll(facts.topics);
          }
        });
    return topics;
  }

  private Facts facts(String className) {
    return classes.computeIfAbsent(className, name -> new Facts());
  }

  private void readReferences(ClassReader reader) {
    Facts facts = facts(reader.getClassName());
    facts.parents.add(reader.getSuperName());
    facts.parents.addAll(List.of(reader.getInterfaces()));
    reader.accept(
        new ClassVisitor(Opcodes.ASM9) {
          @Override
          public @Nullable FieldVisitor visitField(
              int access,
              String name,
              String descriptor,
              @Nullable String signature,
              @Nullable Object value) {
            facts.holdsSettings |= descriptor.equals("L" + SETTINGS + ";");
            return null;
          }
        },
        ClassReader.SKIP_DEBUG | ClassReader.SKIP_FRAMES | ClassReader.SKIP_CODE);
    char[] buffer = new char[reader.getMaxStringLength()];
    for (int item = 1; item < reader.getItemCount(); item++) {
      int at = reader.getItem(item);
      // Two tags of JVMS 4.4 matter: 7 for a class, 8 for a string.
      int tag = at == 0 ? 0 : reader.readByte(at - 1);
      if (tag == 7) {
        facts.references.add(reader.readUTF8(at, buffer).replaceAll("^\\[*L|;$", ""));
      } else if (tag == 8) {
        facts.texts.add(reader.readUTF8(at, buffer));
      }
    }
  }

  private void readSettings(ClassReader reader) {
    Facts facts = facts(reader.getClassName());
    reader.accept(
        new ClassVisitor(Opcodes.ASM9) {
          @Override
          public MethodVisitor visitMethod(
              int access,
              String name,
              String descriptor,
              @Nullable String signature,
              String @Nullable [] exceptions) {
            return new Reads(facts);
          }
        },
        ClassReader.SKIP_DEBUG | ClassReader.SKIP_FRAMES);
  }

  /**
   * Collects the names that are loaded for a call of the settings or of a class that wraps them.
   */
  private final class Reads extends MethodVisitor {
    private final Facts facts;
    private final Set<String> loaded = new TreeSet<>();

    Reads(Facts facts) {
      super(Opcodes.ASM9);
      this.facts = facts;
    }

    @Override
    public void visitLdcInsn(Object value) {
      if (value instanceof String text && NAME.matcher(text).matches() && text.length() > 3) {
        loaded.add(text);
      }
    }

    @Override
    public void visitFieldInsn(int opcode, String owner, String name, String descriptor) {
      if (owner.equals(TOPIC)) {
        facts.topics.add(name);
      }
    }

    @Override
    public void visitMethodInsn(
        int opcode, String owner, String name, String descriptor, boolean isInterface) {
      Facts called = classes.get(owner);
      boolean ofSettings =
          owner.equals(SETTINGS)
              || descriptor.contains("L" + SETTINGS + ";")
              || (called != null && called.holdsSettings);
      if (ofSettings && descriptor.contains("Ljava/lang/String;")) {
        facts.settings.addAll(loaded);
        loaded.clear();
      } else if (TAKES_A_TEXT.matcher(descriptor).find()) {
        // The loaded strings were for this call: the code of a problem, a word to compare with.
        loaded.clear();
      }
    }
  }
}
