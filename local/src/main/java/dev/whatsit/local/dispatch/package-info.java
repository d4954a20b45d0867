/** Takes messages out of the embedded queue and delivers them to classify as events. */
@NullMarked
package dev.whatsit.local.dispatch;

import org.jspecify.annotations.NullMarked;
