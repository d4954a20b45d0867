/**
 * HTTP requests to URLs that untrusted clients name. The guard decides which addresses are allowed;
 * the client connects only to the exact addresses that the guard has checked.
 */
@NullMarked
package dev.whatsit.outbound;

import org.jspecify.annotations.NullMarked;
