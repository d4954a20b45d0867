/**
 * Proxies for tests. They sit between a real client and its service or emulator, count remote calls
 * and inject faults into them, so that production code needs no fault hooks.
 */
@NullMarked
package dev.whatsit.faultproxy;

import org.jspecify.annotations.NullMarked;
