/** JMH benchmarks of the parts, each beside its floor. */
@NullMarked
package dev.whatsit.benchmarks.micro;

import org.jspecify.annotations.NullMarked;
