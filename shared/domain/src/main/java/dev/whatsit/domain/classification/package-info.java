/** What was recognised in an image, and the classifier. */
@NullMarked
package dev.whatsit.domain.classification;

import org.jspecify.annotations.NullMarked;
