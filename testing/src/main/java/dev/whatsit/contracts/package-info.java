/**
 * What every adapter of a port must pass: abstract JUnit test classes, to be extended in the
 * adapter's own tests. Keys are new for every test, so that a kit can run against a store that
 * others use; instants are given, nothing sleeps.
 */
@NullMarked
package dev.whatsit.contracts;

import org.jspecify.annotations.NullMarked;
