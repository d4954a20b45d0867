/** The deployed form of the functions, and the platform's way to run them. */
@NullMarked
package dev.whatsit.deployment;

import org.jspecify.annotations.NullMarked;
