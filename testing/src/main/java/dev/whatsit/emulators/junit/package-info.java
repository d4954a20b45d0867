/** Emulators for JUnit tests. */
@NullMarked
package dev.whatsit.emulators.junit;

import org.jspecify.annotations.NullMarked;
