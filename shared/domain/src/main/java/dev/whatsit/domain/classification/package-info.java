/** Classification results and the classifier port. */
@NullMarked
package dev.whatsit.domain.classification;

import org.jspecify.annotations.NullMarked;
