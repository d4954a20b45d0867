/**
 * Every function on the Google adapters and their real clients, over wires that fail. The same
 * wires count what goes over them.
 */
@NullMarked
package dev.whatsit.faults;

import org.jspecify.annotations.NullMarked;
