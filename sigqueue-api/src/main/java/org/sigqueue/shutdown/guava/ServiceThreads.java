package org.sigqueue.shutdown.guava;

import com.google.common.util.concurrent.Service;
import java.util.Collection;
import java.util.Map;

/** The threads of services that do not stop, for people. */
final class ServiceThreads {
  private static final int FRAMES = 16;

  private ServiceThreads() {}

  /** The services, and each thread that runs code of their classes, with its stack. */
  static String describe(Collection<Service> services) {
    StringBuilder text = new StringBuilder(services.toString());
    Map<Thread, StackTraceElement[]> stacks = Thread.getAllStackTraces();
    for (Service service : services) {
      stacks.forEach((thread, stack) -> {
        if (runs(stack, service.getClass())) {
          append(text.append("\n").append(service), thread, stack);
        }
      });
    }
    return text.toString();
  }

  /** A service does not know its threads, but they run its methods, or those of its lambdas. */
  private static boolean runs(StackTraceElement[] stack, Class<?> type) {
    for (StackTraceElement frame : stack) {
      String name = frame.getClassName();
      if (name.equals(type.getName()) || name.startsWith(type.getName() + "$")) {
        return true;
      }
    }
    return false;
  }

  private static void append(StringBuilder text, Thread thread, StackTraceElement[] stack) {
    text.append(": thread '").append(thread.getName()).append("', ").append(thread.getState());
    for (int i = 0; i < Math.min(stack.length, FRAMES); i++) {
      text.append("\n\tat ").append(stack[i]);
    }
  }
}
