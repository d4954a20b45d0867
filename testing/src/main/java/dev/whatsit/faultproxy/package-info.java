/**
 * Proxies for tests. They stand between a real client and its service or emulator, count remote
 * calls and inject faults into them, so that no production code knows of faults.
 */
@NullMarked
package dev.whatsit.faultproxy;

import org.jspecify.annotations.NullMarked;
