package org.sigqueue.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sigqueue.Signals;

/** The choice of the source on a class path, in a copy of the library. */
class SourceChoiceTest {
  /**
   * All that this test sees, as a class path, without a service file, as in many a jar that was put
   * together.
   */
  private static final class WithoutServices extends URLClassLoader {
    final List<String> lookups = Collections.synchronizedList(new ArrayList<>());

    WithoutServices() throws MalformedURLException {
      super(urls(), null); // the platform loader knows the packages of all modules
    }

    private static URL[] urls() throws MalformedURLException {
      List<URL> urls = new ArrayList<>();
      for (String each : Child.classPath().split(File.pathSeparator, -1)) {
        urls.add(Path.of(each).toUri().toURL());
      }
      return urls.toArray(new URL[0]);
    }

    @Override
    public Enumeration<URL> findResources(String name) throws IOException {
      if (name.startsWith("META-INF/services/org.sigqueue")) {
        lookups.add(name);
        return Collections.emptyEnumeration();
      }
      return super.findResources(name);
    }
  }

  @Test
  void nativeSourceIsFoundWithoutAServiceFileAndWithoutALookThroughAllJars() throws Exception {
    try (WithoutServices loader = new WithoutServices()) {
      Object notifier = loader.loadClass(Signals.class.getName()).getMethod("process").invoke(null);
      Object source = notifier.getClass().getMethod("source").invoke(notifier);
      assertEquals("native", source.getClass().getMethod("name").invoke(source));
      assertEquals(List.of(), loader.lookups);
    }
  }
}
