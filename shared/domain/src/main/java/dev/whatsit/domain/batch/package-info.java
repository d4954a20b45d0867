/** Many images under one name: the batch, its items, and the port that keeps them. */
@NullMarked
package dev.whatsit.domain.batch;

import org.jspecify.annotations.NullMarked;
