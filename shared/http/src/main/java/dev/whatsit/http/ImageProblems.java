package dev.whatsit.http;

/** The problems of a path that names an image. */
public final class ImageProblems {
  private ImageProblems() {}

  /** 400: what the path names is no hash. */
  public static ProblemException invalidHash() {
    return new ProblemException(
        Problem.of(
            400,
            "INVALID_HASH",
            "Not an image hash",
            "An image hash is the SHA-256 of the image's bytes as 64 lower-case hexadecimal"
                + " digits."));
  }

  /** 404: nobody submitted such an image. */
  public static ProblemException unknown() {
    return new ProblemException(
        Problem.of(
            404,
            "IMAGE_NOT_FOUND",
            "No such image",
            "No image with this hash was submitted. Send it to POST /v1/images."));
  }
}
