/** What stands in for services of Google's over HTTP/JSON. For tests and benchmarks. */
@NullMarked
package dev.whatsit.transcoding;

import org.jspecify.annotations.NullMarked;
