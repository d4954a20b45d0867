package dev.whatsit.domain.queue;

import dev.whatsit.domain.failure.TransientFailure;

/**
 * Puts messages into a topic at a later time, without anybody waiting for it.
 *
 * <p>It makes due work exact, and nothing more: whoever uses it has written beforehand, where the
 * sweep looks, what is due and when. A platform may have nothing of the kind, and then offers no
 * such port: the sweep does it all, within a minute.
 *
 * <p>How to use it: write the due instant into a document that the sweep finds; then {@link #put} a
 * message with that instant, named for the document and what in it may change. Whoever receives the
 * message looks into the document, and acknowledges one that the document no longer asks for. A
 * failure here is logged and else of no consequence.
 *
 * <p>Implementations are safe for use by several threads.
 */
public interface DelayedMessages {
  /**
   * Has a message put into its topic, once it is due: not sooner, by the clock of who does it, and
   * as a rule within a second or two, at least once. When this returns, that is certain.
   *
   * <p>Of one name and the same second one message comes, however often this is called before it
   * comes; a name may be used for several seconds, and each brings its message. Once a message has
   * come its name may or may not bring another in that second.
   *
   * @throws IllegalArgumentException if the topic is none that this was set up for
   * @throws TransientFailure if it is not known that the message will come; the call may be
   *     repeated
   */
  void put(DelayedMessage message);
}
