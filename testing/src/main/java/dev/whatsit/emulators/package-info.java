/**
 * Runs Google's Pub/Sub and Firestore emulators as child processes, from the Google Cloud SDK's
 * folder but without its wrapper.
 */
@NullMarked
package dev.whatsit.emulators;

import org.jspecify.annotations.NullMarked;
