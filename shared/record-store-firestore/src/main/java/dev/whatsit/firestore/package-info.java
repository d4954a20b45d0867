/**
 * The record store and the ledger of spending in Cloud Firestore: the part of the backend {@code
 * google} that keeps state.
 *
 * <p>Two collections: {@code images} with a document for each record, named by the image's hash,
 * and {@code spending} with a document for each account. The indexes that the queries need, and the
 * fields that need none, stand in {@code firestore.indexes.json} among the domain's resources.
 */
@NullMarked
package dev.whatsit.firestore;

import org.jspecify.annotations.NullMarked;
