package org.sigqueue.stress;

import org.jspecify.annotations.Nullable;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.source.Disposition;
import org.sigqueue.core.source.ProcessControl;
import org.sigqueue.core.source.SignalSender;
import org.sigqueue.core.source.SignalSource;
import org.sigqueue.testing.VirtualSignalSource;

/** A virtual source, for tests that override what is to go wrong. */
class WrappedSource implements SignalSource, SignalSender {
  private final SignalSource virtual = new VirtualSignalSource();

  @Override
  public String name() {
    return "wrapped";
  }

  @Override
  public int priority() {
    return 0;
  }

  @Override
  public void open() {
    virtual.open();
  }

  @Override
  public SharedBlock block() {
    return virtual.block();
  }

  @Override
  public void install(int signal) {
    virtual.install(signal);
  }

  @Override
  public boolean restore(int signal) {
    return virtual.restore(signal);
  }

  @Override
  public void ignore(int signal) {
    virtual.ignore(signal);
  }

  @Override
  public Disposition disposition(int signal) {
    return virtual.disposition(signal);
  }

  @Override
  public Disposition previous(int signal) {
    return virtual.previous(signal);
  }

  @Override
  public @Nullable String owner(long handler) {
    return virtual.owner(handler);
  }

  @Override
  public SignalSender sender() {
    return this;
  }

  @Override
  public ProcessControl processControl() {
    return virtual.processControl();
  }

  @Override
  public void kill(long pid, int signal) {
    virtual.sender().kill(pid, signal);
  }

  @Override
  public void queue(long pid, int signal, long value) {
    virtual.sender().queue(pid, signal, value);
  }

  @Override
  public void send(ProcessHandle process, int signal, @Nullable Long value) {
    virtual.sender().send(process, signal, value);
  }
}
