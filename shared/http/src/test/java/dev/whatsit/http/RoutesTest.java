package dev.whatsit.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RoutesTest {
  /** The general route is added first, to show that the order of routes does not matter. */
  private final Routes routes =
      new Routes()
          .below("GET", "/*", request -> ApiResponse.empty(201))
          .below("GET", "/*:retry", request -> ApiResponse.empty(202))
          .below("GET", "", request -> ApiResponse.empty(203))
          .at("GET", "/health/live", request -> ApiResponse.empty(204));

  @ParameterizedTest
  @CsvSource({
    "/v1/images/abc, 201, abc",
    "/abc, 201, abc",
    "/v1/images/%61b%63, 201, abc",
    "/v1/%69mages/abc%3Aretry, 202, abc",
    "/v1/images/%2561bc, 201, %2561bc",
    "/v1/images/a%2Fcallbacks, 201, a%2Fcallbacks",
    "http://localhost:8080/v1/images/abc?x=/, 201, abc",
    "/abc:again, 201, abc:again",
    "/v1/images/abc:retry, 202, abc",
    "/abc:retry, 202, abc",
    "/a:b:retry, 202, a:b",
    "/:retry, 202, ''",
    "/v1/images/:retry, 202, ''",
    "/v1/images, 203, ''",
    "/v1/images/, 203, ''",
    "/, 203, ''",
    "/health/live, 204, ''"
  })
  void find_path_isServedByTheMostSpecificRoute(String path, int status, String parameter) {
    ApiRequest request = Get.request(path);

    assertThat(routes.find(request).handle(request).status()).isEqualTo(status);
    assertThat(request.pathParameter()).isEqualTo(parameter);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/images/abc/x:retry", "/abc/def", "/v1/pictures/abc", "//"})
  void find_nothingAtThisPath_isNotFound(String path) {
    assertThatThrownBy(() -> routes.find(Get.request(path)))
        .isInstanceOfSatisfying(
            ProblemException.class, e -> assertThat(e.problem().status()).isEqualTo(404));
  }

  @Test
  void find_methodThatThePathDoesNotTake_saysWhichItTakes() {
    Routes posts = new Routes().below("POST", "/*:retry", request -> ApiResponse.empty(202));

    assertThatThrownBy(() -> posts.find(Get.request("/abc:retry")))
        .isInstanceOfSatisfying(
            ProblemException.class,
            e -> assertThat(e.problem().headers()).containsEntry("Allow", "OPTIONS, POST"));
  }
}
