package dev.whatsit.domain.document;

/**
 * The version of a document, used as the precondition of a write. Made by a {@link DocumentStore},
 * opaque to all other code, and valid only for the store that made it and for the same key.
 */
public interface Version {}
