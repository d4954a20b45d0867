/**
 * The record store and the ledger of spending in Cloud Firestore: the part of the backend {@code
 * google} that keeps state.
 *
 * <p>Two collections: {@code images} with a document for each record, named by the image's hash,
 * and {@code spending} with a document for each account. The indexes that the queries need, and the
 * fields that need none, stand in {@code firestore.indexes.json} beside this module's {@code
 * pom.xml}.
 */
@NullMarked
package dev.whatsit.firestore;

import org.jspecify.annotations.NullMarked;
