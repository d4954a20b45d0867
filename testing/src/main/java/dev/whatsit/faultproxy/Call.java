package dev.whatsit.faultproxy;

import com.google.protobuf.ByteString;
import java.time.Instant;

/**
 * One RPC as it arrived at the proxy. A client's retry is another call.
 *
 * @param method simple names of service and method, for example {@code Firestore/Commit}
 * @param request the first message, encoded; empty when the stream ended without one
 * @param arrivedAt when that message had arrived
 */
public record Call(String method, ByteString request, Instant arrivedAt) {}
