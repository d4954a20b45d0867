/** What the functions are deployed as, and how the platform runs it. */
@NullMarked
package dev.whatsit.deployment;

import org.jspecify.annotations.NullMarked;
