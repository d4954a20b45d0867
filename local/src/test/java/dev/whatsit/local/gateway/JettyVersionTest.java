package dev.whatsit.local.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.invoker.FunctionServer;
import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import java.util.jar.JarEntry;
import java.util.jar.JarInputStream;
import org.eclipse.jetty.server.Server;
import org.junit.jupiter.api.Test;

/** The framework's handlers run on the gateway's Jetty, but were compiled against another. */
class JettyVersionTest {
  @Test
  void gateway_andInvoker_haveOneMinorVersion() throws IOException {
    assertThat(minor(Server.getVersion())).isEqualTo(minor(versionOfInvoker()));
  }

  private static String minor(String version) {
    return version.substring(0, version.lastIndexOf('.'));
  }

  private static String versionOfInvoker() throws IOException {
    try (InputStream jar = FunctionServer.class.getResourceAsStream("java-function-invoker.jar");
        JarInputStream entries = new JarInputStream(jar)) {
      JarEntry entry = entries.getNextJarEntry();
      while (entry != null
          && !entry
              .getName()
              .equals("META-INF/maven/org.eclipse.jetty/jetty-server/pom.properties")) {
        entry = entries.getNextJarEntry();
      }
      Properties properties = new Properties();
      properties.load(entries);
      return properties.getProperty("version");
    }
  }
}
