/** Settings read from names and values, with every wrong one reported at once. */
@NullMarked
package dev.whatsit.domain.settings;

import org.jspecify.annotations.NullMarked;
