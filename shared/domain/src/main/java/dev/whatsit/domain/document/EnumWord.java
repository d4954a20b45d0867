package dev.whatsit.domain.document;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * Implemented by the enums of JSON, documents and settings: a constant's word is its name in lower
 * case.
 */
public interface EnumWord {
  /** The constant's name; every enum has this method. */
  String name();

  /** The word that clients see. */
  default String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The constant with this word, or empty. */
  static <E extends Enum<E> & EnumWord> Optional<E> parse(Class<E> type, String word) {
    return Arrays.stream(type.getEnumConstants())
        .filter(constant -> constant.word().equals(word))
        .findFirst();
  }
}
