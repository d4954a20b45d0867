package dev.whatsit.faultproxy;

import com.google.protobuf.ByteString;

/**
 * One RPC as it arrived at the proxy. A client's retry is another call.
 *
 * @param method simple names of service and method, for example {@code Firestore/Commit}
 * @param request the message, encoded; empty when the request ended without one
 */
public record Call(String method, ByteString request) {}
