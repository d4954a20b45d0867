package dev.whatsit.domain.classification;

import org.jspecify.annotations.Nullable;

/**
 * A well-known place in a picture.
 *
 * @param label not blank
 * @param confidence 0 to 1
 * @param place its location, or null when unknown
 */
public record Landmark(String label, double confidence, @Nullable Place place) {
  public Landmark {
    Checks.label(label);
    Checks.unit("confidence", confidence);
  }

  /**
   * A point on earth in WGS 84.
   *
   * @param latitude in degrees, -90 to 90
   * @param longitude in degrees, -180 to 180
   */
  public record Place(double latitude, double longitude) {
    public Place {
      Checks.within("latitude", latitude, 90);
      Checks.within("longitude", longitude, 180);
    }
  }
}
