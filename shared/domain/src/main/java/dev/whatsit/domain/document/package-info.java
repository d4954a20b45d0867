/** Documents with optimistic concurrency: the port, and the typed collections over it. */
@NullMarked
package dev.whatsit.domain.document;

import org.jspecify.annotations.NullMarked;
