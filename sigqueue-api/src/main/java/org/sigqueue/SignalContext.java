package org.sigqueue;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sigqueue.dispatch.CallbackSubscriber;
import org.sigqueue.dispatch.InternalSubscriber;
import org.sigqueue.dispatch.PreviousAction;
import org.sigqueue.dispatch.SignalSets;
import org.sigqueue.dispatch.Threads;

/**
 * A context that ends once: when the first of some signals comes, when it is closed, or when its
 * parent is done; {@link #ending} tells which, with the whole event. Go's {@code
 * signal.NotifyContext}.
 *
 * <pre>{@code
 * try (SignalContext context = Signals.notifyContext(Signal.INT, Signal.TERM)) {
 *   if (context.await() instanceof SignalContext.BySignal end) {
 *     log.info("ending because of {}", end.event());
 *   }
 * }
 * }</pre>
 *
 * <p>All methods may be called from any thread, virtual ones too. It has no thread of its own, and
 * what depends on {@link #completion} runs on the notifier's executor; where no thread can be
 * started, in {@link #close}.
 */
public final class SignalContext implements AutoCloseable {
  /*
   * The ending is decided by one CAS; then the end is told, at the latest when close returns. The
   * dispatcher decides and wakes waiters itself: neither waits for an executor. It hands over what
   * runs code of users, and what may have to wait: the end of its children's registrations, which may
   * be with another dispatcher.
   */

  /** Why a context is done. */
  public sealed interface Ending {}

  /**
   * One of its signals came.
   *
   * @param event the first of them
   */
  public record BySignal(SignalEvent event) implements Ending {}

  /** It was closed, or the notifier was. */
  public record ByClose() implements Ending {}

  /**
   * Signals can no longer be received.
   *
   * @param why the error that ended the dispatcher
   */
  public record ByFailure(Throwable why) implements Ending {}

  /**
   * Its parent was done before.
   *
   * @param ending why the parent is done
   */
  public record ByParent(Ending ending) implements Ending {}

  /** The treatment of signals that follow the one that has ended a context. */
  public enum SecondSignal {
    /**
     * The context goes on receiving them, and nothing happens: the second of two quick signals does
     * not kill a program that is shutting down. It ends with {@link SignalContext#close}. As in Go.
     */
    SWALLOW,
    /**
     * They take the previous action: a second Ctrl-C kills a program that hangs while shutting
     * down. If the JVM is exiting already, so that its own handler would wait for the shutdown hook
     * that hangs, they end the process by the signal's default action.
     */
    RESTORE
  }

  private final @Nullable SignalContext parent;
  private final List<Signal> signals;
  private final SignalNotifier notifier;
  private final boolean restores;
  private final @Nullable CallbackSubscriber later;

  private final AtomicReference<@Nullable Ending> ending = new AtomicReference<>();
  private final CountDownLatch done = new CountDownLatch(1);
  private final AtomicBoolean told = new AtomicBoolean();
  private final Set<SignalContext> children = ConcurrentHashMap.newKeySet(); // those not done
  private final CompletableFuture<SignalEvent> completer = new CompletableFuture<>();
  private final CompletionStage<SignalEvent> completion = completer.minimalCompletionStage();
  private volatile @Nullable Registration registration;

  private SignalContext(Builder options) {
    this.parent = options.parent;
    this.signals = options.signals;
    this.notifier = options.notifier;
    this.restores = options.second == SecondSignal.RESTORE;
    this.later = options.later == null ? null : laterSubscriber(options);
  }

  private static CallbackSubscriber laterSubscriber(Builder options) {
    return new CallbackSubscriber(
        CallbackSubscriber.deciding(true, Objects.requireNonNull(options.later)),
        false,
        SignalBuffer.coalescing(),
        options.notifier.executor());
  }

  static Builder on(SignalNotifier notifier, Signal... signals) {
    return new Builder(notifier, signals);
  }

  /** Why this context is done; empty until it is. */
  public Optional<Ending> ending() {
    return isDone() ? Optional.of(decided()) : Optional.empty();
  }

  /** The signal that has ended this context or one of its parents; empty if no signal did. */
  public Optional<SignalEvent> event() {
    return ending().flatMap(SignalContext::eventOf);
  }

  /** Whether this context has ended. */
  public boolean isDone() {
    return done.getCount() == 0;
  }

  /**
   * Waits until this context is done.
   *
   * @return why it is
   * @throws InterruptedException if interrupted while waiting
   */
  public Ending await() throws InterruptedException {
    done.await();
    return decided();
  }

  /**
   * Waits until this context is done, but not longer than the timeout.
   *
   * @return why it is; empty if it is not
   * @throws InterruptedException if interrupted while waiting
   */
  public Optional<Ending> await(Duration timeout) throws InterruptedException {
    boolean inTime = done.await(TimeUnit.NANOSECONDS.convert(timeout), TimeUnit.NANOSECONDS);
    return inTime ? Optional.of(decided()) : Optional.empty();
  }

  /**
   * A stage that completes when this context is done: with the event, or with a {@link
   * ContextClosedException} if no signal has ended it. Nobody else can complete it.
   */
  public CompletionStage<SignalEvent> completion() {
    return completion;
  }

  /**
   * Ends this context, unless it has ended already, and its registration: on return it is done, and
   * a signal that comes takes the previous action, unless somebody else wants it. Idempotent.
   */
  @Override
  public void close() {
    if (ending.compareAndSet(null, new ByClose())) {
      tell(true);
    }
    unregister();
    tell(true);
  }

  /** The parent, if there is one, and the signals. */
  @Override
  public String toString() {
    return "SignalContext(" + (parent == null ? "" : parent + ", ") + signals + ")";
  }

  private SignalContext start() {
    if (parent != null && parent.isDone()) {
      endBy(parent, true);
      return this;
    }
    registration = notifier.register(subscriber(), SignalSets.nonEmpty(signals));
    if (parent != null) {
      parent.adopt(this);
    }
    return this;
  }

  /**
   * The subscriber that the dispatcher calls itself, so that no user's handler can delay the
   * context.
   */
  private InternalSubscriber subscriber() {
    return new InternalSubscriber(
        new InternalSubscriber.Listener() {
          @Override
          public void onSignal(SignalEvent event) {
            SignalContext.this.onSignal(event);
          }

          @Override
          public void onEnd() {
            ending.compareAndSet(null, new ByClose());
            tell(false);
            if (later != null) {
              later.close();
            }
          }

          @Override
          public void onFailure(Throwable why) {
            if (ending.compareAndSet(null, new ByFailure(why))) {
              tell(false);
            }
          }
        });
  }

  private void onSignal(SignalEvent event) {
    if (ending.compareAndSet(null, new BySignal(event))) {
      tell(false);
    } else if (restores) {
      PreviousAction.take(notifier.source(), event);
    } else if (later != null && ending.get() instanceof BySignal) {
      later.accept(event);
    }
  }

  private void adopt(SignalContext child) {
    children.add(child);
    if (isDone()) {
      child.endBy(this, true);
    }
    if (child.isDone()) { // maybe before it was added: then its end has not found it here
      children.remove(child);
    }
  }

  /** Ends this by the end of the parent: no signal has anything left to tell. */
  private void endBy(SignalContext ended, boolean mayWait) {
    if (!ending.compareAndSet(null, new ByParent(ended.decided()))) {
      return;
    }
    tell(mayWait);
    if (mayWait) {
      unregister();
    } else {
      Threads.later(this::unregister);
    }
  }

  /**
   * Tells everybody that this is done. Idempotent; any thread.
   *
   * @param mayWait whether this may wait for a dispatcher, which a dispatcher itself may not
   */
  private void tell(boolean mayWait) {
    done.countDown();
    if (told.compareAndSet(false, true)) {
      if (parent != null) {
        parent.children.remove(this);
      }
      children.forEach(child -> child.endBy(this, mayWait));
      if (!Threads.execute(notifier.executor(), this::complete)) { // no thread can be started
        if (mayWait) {
          complete();
        } else {
          told.set(false); // close tells it
        }
      }
    }
  }

  private void complete() {
    Ending first = first(decided());
    if (first instanceof BySignal signalled) {
      completer.complete(signalled.event());
    } else {
      Throwable why = first instanceof ByFailure failed ? failed.why() : null;
      completer.completeExceptionally(new ContextClosedException(why));
    }
  }

  private void unregister() {
    Registration current = registration;
    if (current != null) {
      current.close();
    }
    if (later != null) {
      later.close();
    }
  }

  private Ending decided() {
    return Objects.requireNonNull(ending.get());
  }

  private static Optional<SignalEvent> eventOf(Ending ending) {
    return first(ending) instanceof BySignal signalled
        ? Optional.of(signalled.event())
        : Optional.empty();
  }

  /** The ending of the first parent that was done. */
  private static Ending first(Ending ending) {
    Ending first = ending;
    while (first instanceof ByParent inherited) {
      first = inherited.ending();
    }
    return first;
  }

  /** Describes a context. */
  public static final class Builder {
    private final SignalNotifier notifier;
    private final List<Signal> signals;
    private @Nullable SignalContext parent;
    private SecondSignal second = SecondSignal.SWALLOW;
    private @Nullable Consumer<? super SignalEvent> later;

    private Builder(SignalNotifier notifier, Signal... signals) {
      if (signals.length == 0) {
        throw new IllegalArgumentException("signals is empty; name those that end the context");
      }
      this.notifier = notifier;
      this.signals = List.of(signals).stream().distinct().toList();
    }

    /** Ends the context when another one is done, with its ending. */
    public Builder parent(SignalContext context) {
      this.parent = Objects.requireNonNull(context, "context");
      return this;
    }

    /** The treatment of signals after the first; by default {@link SecondSignal#SWALLOW}. */
    public Builder secondSignal(SecondSignal policy) {
      this.second = Objects.requireNonNull(policy, "policy");
      this.later = null;
      return this;
    }

    /**
     * Calls the handler for the signals after the first, until the context is closed: on the
     * notifier's executor, one call at a time. Those that come during a call are coalesced by
     * signal. An exception of the handler is logged.
     */
    public Builder secondSignal(Consumer<? super SignalEvent> handler) {
      this.later = Objects.requireNonNull(handler, "handler");
      this.second = SecondSignal.SWALLOW;
      return this;
    }

    /**
     * Starts the context. If the parent is done already, so is the context, and no signal is
     * received for it.
     *
     * @throws UnsupportedSignalException if one of the signals cannot be received
     * @throws IllegalStateException if the notifier is closed
     */
    public SignalContext start() {
      return new SignalContext(this).start();
    }
  }
}
