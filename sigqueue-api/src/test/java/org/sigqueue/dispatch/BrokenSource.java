package org.sigqueue.dispatch;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.source.SignalSource;
import org.sigqueue.testing.VirtualSignalSource;

/** A virtual source of which a test replaces single methods, by name. */
final class BrokenSource implements InvocationHandler {
  final VirtualSignalSource virtual = new VirtualSignalSource();
  final SignalSource source =
      (SignalSource)
          Proxy.newProxyInstance(
              SignalSource.class.getClassLoader(), new Class<?>[] {SignalSource.class}, this);
  private final Map<String, Callable<?>> replaced = new ConcurrentHashMap<>();

  /** Has a method do this instead, from now on. */
  BrokenSource replace(String method, Callable<?> body) {
    replaced.put(method, body);
    return this;
  }

  @Override
  public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments)
      throws Throwable {
    Callable<?> body = replaced.get(method.getName());
    if (body != null) {
      return body.call();
    }
    try {
      return method.invoke(virtual, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
