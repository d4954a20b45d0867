/**
 * Google's own Pub/Sub and Firestore emulators: found where the Google Cloud SDK keeps them, and
 * run as child processes without its wrapper.
 */
@NullMarked
package dev.whatsit.emulators;

import org.jspecify.annotations.NullMarked;
