/** The gRPC channels of Google's clients. */
@NullMarked
package dev.whatsit.grpc;

import org.jspecify.annotations.NullMarked;
