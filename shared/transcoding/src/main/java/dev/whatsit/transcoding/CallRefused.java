package dev.whatsit.transcoding;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import com.google.rpc.Code;
import com.google.rpc.ErrorDetailsProto;
import com.google.rpc.Status;

/** Has a call answered with an error of the service. */
public final class CallRefused extends Exception {
  private static final long serialVersionUID = 1L;

  private static final JsonFormat.Printer PRINTER =
      JsonFormat.printer()
          .usingTypeRegistry(
              TypeRegistry.newBuilder()
                  .add(ErrorDetailsProto.getDescriptor().getMessageTypes())
                  .build());

  private final Status status;

  /**
   * A refusal without details.
   *
   * @param said about it
   */
  public CallRefused(Code code, String said) {
    this(Status.newBuilder().setCode(code.getNumber()).setMessage(said).build());
  }

  /**
   * A refusal.
   *
   * @param status with details, if any, of the kinds in {@code google/rpc/error_details.proto}
   */
  public CallRefused(Status status) {
    super(status.getMessage());
    this.status = status;
  }

  /** The same, as it goes over gRPC. */
  public Status status() {
    return status;
  }

  /** The status that comes with it, as the comments of {@code google/rpc/code.proto} have it. */
  public int httpStatus() {
    return switch (code()) {
      case INVALID_ARGUMENT, FAILED_PRECONDITION, OUT_OF_RANGE -> 400;
      case UNAUTHENTICATED -> 401;
      case PERMISSION_DENIED -> 403;
      case NOT_FOUND -> 404;
      case ALREADY_EXISTS, ABORTED -> 409;
      case RESOURCE_EXHAUSTED -> 429;
      case CANCELLED -> 499;
      case UNIMPLEMENTED -> 501;
      case UNAVAILABLE -> 503;
      case DEADLINE_EXCEEDED -> 504;
      default -> 500;
    };
  }

  /**
   * The whole body.
   *
   * @throws InvalidProtocolBufferException for details of another kind
   * @see <a href="https://google.aip.dev/193">Errors</a>
   */
  public String json() throws InvalidProtocolBufferException {
    JsonObject error = JsonParser.parseString(PRINTER.print(status)).getAsJsonObject();
    error.addProperty("code", httpStatus());
    error.addProperty("status", code().name());
    JsonObject body = new JsonObject();
    body.add("error", error);
    return body.toString();
  }

  private Code code() {
    return Code.forNumber(status.getCode());
  }
}
