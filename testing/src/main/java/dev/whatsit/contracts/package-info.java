/**
 * The contract tests of the ports: abstract JUnit test classes that every adapter extends in its
 * own tests. Keys are new for every test, so that the tests can run against a store that is in use.
 * Instants are parameters; nothing sleeps.
 */
@NullMarked
package dev.whatsit.contracts;

import org.jspecify.annotations.NullMarked;
