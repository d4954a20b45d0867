/** What the clients that speak gRPC with Google's services have in common. */
@NullMarked
package dev.whatsit.grpc;

import org.jspecify.annotations.NullMarked;
