package org.sigqueue.jni;

import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.AbstractSelector;
import java.util.Set;

/**
 * Calls back when a thread is interrupted that sleeps in native code.
 *
 * <p>{@link AbstractSelector#begin} and {@link AbstractSelector#end} are the one public way to be
 * told by {@link Thread#interrupt}. Nothing is selected here.
 */
final class SleepInterrupter extends AbstractSelector {
  private final KernelNote note;

  /**
   * Creates an interrupter.
   *
   * @param note told to {@link KernelNote#interrupt}, in the interrupting thread and between {@link
   *     #enter} and {@link #leave} of the sleeping one
   */
  SleepInterrupter(KernelNote note) {
    super(null);
    this.note = note;
  }

  /** The calling thread is about to sleep. If it is interrupted already, calls back at once. */
  void enter() {
    begin();
  }

  /** The calling thread sleeps no longer: after this, no call back is running or to come. */
  void leave() {
    end();
  }

  @Override
  public Selector wakeup() {
    note.interrupt();
    return this;
  }

  @Override
  protected void implCloseSelector() {}

  @Override
  protected SelectionKey register(AbstractSelectableChannel channel, int ops, Object attachment) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Set<SelectionKey> keys() {
    return Set.of();
  }

  @Override
  public Set<SelectionKey> selectedKeys() {
    return Set.of();
  }

  @Override
  public int selectNow() {
    return 0;
  }

  @Override
  public int select(long timeout) {
    return 0;
  }

  @Override
  public int select() {
    return 0;
  }
}
