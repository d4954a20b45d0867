package dev.whatsit.rest;

/** Threads that keep no process alive. */
final class Daemon {
  private Daemon() {}

  static void start(String name, Runnable task) {
    thread(name, task).start();
  }

  static Thread thread(String name, Runnable task) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }
}
