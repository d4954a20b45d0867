/** What the clients that speak HTTP and JSON with Google's services have in common. */
@NullMarked
package dev.whatsit.rest;

import org.jspecify.annotations.NullMarked;
