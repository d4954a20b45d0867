/**
 * Every function on the Google adapters and their real clients, behind proxies that inject faults
 * and count calls.
 */
@NullMarked
package dev.whatsit.faults;

import org.jspecify.annotations.NullMarked;
