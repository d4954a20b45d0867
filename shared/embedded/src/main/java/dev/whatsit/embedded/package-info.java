/**
 * The backend for one machine: images in a directory, documents and messages in SQLite, and links
 * signed with a key of its own, all in one data folder.
 *
 * <p>SQLite is called through JNI. From JDK 24 on Java prints a warning about that; {@code
 * --enable-native-access=ALL-UNNAMED} on the command line, or {@code Enable-Native-Access:
 * ALL-UNNAMED} in the manifest of the jar that is started, permits it.
 */
@NullMarked
package dev.whatsit.embedded;

import org.jspecify.annotations.NullMarked;
