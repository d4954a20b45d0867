/** What Google's clients over gRPC have in common: settings, channels, deadlines, errors. */
@NullMarked
package dev.whatsit.grpc;

import org.jspecify.annotations.NullMarked;
