package dev.whatsit.domain.document;

/**
 * The state of a document that a write is conditional on. Made by a {@link DocumentStore}, opaque
 * to everything else, and only meaningful to the store that made it and for the same key.
 */
public interface Version {}
