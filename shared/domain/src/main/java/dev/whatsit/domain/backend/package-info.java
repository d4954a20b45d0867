/** Selection of adapters: backends and classifiers, by name, through the ServiceLoader. */
@NullMarked
package dev.whatsit.domain.backend;

import org.jspecify.annotations.NullMarked;
