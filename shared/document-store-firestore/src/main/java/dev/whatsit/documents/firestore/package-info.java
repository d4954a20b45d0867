/**
 * The document store in Cloud Firestore, through Google's client.
 *
 * <p>The indexes that the queries need, and the fields that need none, are listed in {@code
 * firestore.indexes.json} among the resources of the domain.
 */
@NullMarked
package dev.whatsit.documents.firestore;

import org.jspecify.annotations.NullMarked;
