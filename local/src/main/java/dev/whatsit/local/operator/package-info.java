/** Commands for whoever operates the queue. */
@NullMarked
package dev.whatsit.local.operator;

import org.jspecify.annotations.NullMarked;
