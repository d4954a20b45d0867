/**
 * Requests to addresses that strangers name. The guard says which are acceptable; the client
 * connects to the very addresses that the guard has seen, and to no others.
 */
@NullMarked
package dev.whatsit.outbound;

import org.jspecify.annotations.NullMarked;
