/** What the functions are deployed as. */
@NullMarked
package dev.whatsit.deployment;

import org.jspecify.annotations.NullMarked;
