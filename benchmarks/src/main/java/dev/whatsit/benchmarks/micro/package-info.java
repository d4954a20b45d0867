/** JMH benchmarks of the parts, each with its lower bound. */
@NullMarked
package dev.whatsit.benchmarks.micro;

import org.jspecify.annotations.NullMarked;
