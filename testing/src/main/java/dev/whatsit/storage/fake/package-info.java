/**
 * A fake of the parts of Cloud Storage and of the IAM Credentials API that Whatsit uses, over real
 * HTTP and a directory, for tests and for the run against emulators. Never on a function's class
 * path.
 */
@NullMarked
package dev.whatsit.storage.fake;

import org.jspecify.annotations.NullMarked;
