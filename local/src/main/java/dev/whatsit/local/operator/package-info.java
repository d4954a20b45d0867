/** Operator commands for the queue. */
@NullMarked
package dev.whatsit.local.operator;

import org.jspecify.annotations.NullMarked;
