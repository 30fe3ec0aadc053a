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
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A context that ends once: when the first of some signals comes, when it is closed, or when its
 * parent is done; {@link #cause} tells which, with the whole event. Go's {@code
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
 * what hangs on {@link #completion} runs on the notifier's executor.
 */
public final class SignalContext implements AutoCloseable {
  /*
   * The cause is decided by one CAS; then the end is told, at the latest when close returns. If the
   * second signal has to find the previous action, the dispatcher ends the registration between the
   * two, so that whoever sees the context done may rely on it.
   *
   * The dispatcher decides and wakes waiters itself: neither waits for an executor. It hands over
   * what runs code of users, and what may have to wait: the end of its children's registrations,
   * which may be with another dispatcher.
   */

  /** Why a context is done. */
  public sealed interface Cause {}

  /**
   * One of its signals came.
   *
   * @param event the first of them
   */
  public record BySignal(SignalEvent event) implements Cause {}

  /** It was closed, or the notifier was. */
  public record ByClose() implements Cause {}

  /**
   * Signals can no longer be received.
   *
   * @param why what the dispatcher has failed by
   */
  public record ByFailure(Throwable why) implements Cause {}

  /**
   * Its parent was done before.
   *
   * @param cause why the parent is done
   */
  public record ByParent(Cause cause) implements Cause {}

  /** What becomes of the signals that follow the one that has ended a context. */
  public enum SecondSignal {
    /**
     * The context goes on receiving them, and nothing happens: the second of two quick signals does
     * not kill a program that is shutting down. It ends with {@link SignalContext#close}. As in Go.
     */
    SWALLOW,
    /**
     * They take the previous action: a second Ctrl-C kills a program that hangs while shutting
     * down. One that was accepted before the context was done is taken for the first.
     */
    RESTORE
  }

  private final @Nullable SignalContext parent;
  private final List<Signal> signals;
  private final Dependents dependents;
  private final boolean restores;
  private final @Nullable MergedCalls later;

  private final AtomicReference<@Nullable Cause> cause = new AtomicReference<>();
  private final CountDownLatch done = new CountDownLatch(1);
  private final AtomicBoolean told = new AtomicBoolean();
  private final Set<SignalContext> children = ConcurrentHashMap.newKeySet(); // those not done
  private final CompletableFuture<SignalEvent> completer = new CompletableFuture<>();
  private final CompletionStage<SignalEvent> completion = completer.minimalCompletionStage();
  private volatile @Nullable Subscription registration;

  private SignalContext(Builder options) {
    this.parent = options.parent;
    this.signals = options.signals;
    this.dependents = options.dependents;
    this.restores = options.second == SecondSignal.RESTORE;
    this.later = options.later == null ? null : new MergedCalls(options.later, dependents::execute);
  }

  /**
   * Starts to describe a context.
   *
   * @throws IllegalArgumentException if no signal is given
   */
  static Builder on(SignalNotifier notifier, Dependents dependents, Signal... signals) {
    return new Builder(notifier, dependents, signals);
  }

  /** Why this context is done; empty until it is. */
  public Optional<Cause> cause() {
    return isDone() ? Optional.of(decided()) : Optional.empty();
  }

  /** The signal that has ended this context or one of its parents; empty if no signal did. */
  public Optional<SignalEvent> event() {
    return cause().flatMap(SignalContext::eventOf);
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
  public Cause await() throws InterruptedException {
    done.await();
    return decided();
  }

  /**
   * Waits until this context is done, but not longer than the timeout.
   *
   * @return why it is; empty if it is not
   * @throws InterruptedException if interrupted while waiting
   */
  public Optional<Cause> await(Duration timeout) throws InterruptedException {
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
    if (cause.compareAndSet(null, new ByClose())) {
      tell(Runnable::run);
    }
    unregister();
    tell(Runnable::run); // somebody else may have decided, but not told yet
  }

  /** The parent, if there is one, and the signals. */
  @Override
  public String toString() {
    return "SignalContext(" + (parent == null ? "" : parent + ", ") + signals + ")";
  }

  private SignalContext start(SignalNotifier notifier) {
    if (parent != null && parent.isDone()) {
      endBy(parent, Runnable::run);
      return this;
    }
    // On the dispatcher itself, so that no other handler can delay it.
    registration =
        notifier.subscribe(
            this::onSignal, this::onFailure, Runnable::run, signals.toArray(new Signal[0]));
    dependents.add(this, this::close);
    if (parent != null) {
      parent.adopt(this);
    }
    // The signal may have come before the registration was there to end, or before the adds.
    if (restores && cause.get() instanceof BySignal) {
      unregister();
    }
    if (isDone()) {
      forget();
    }
    return this;
  }

  private void onSignal(SignalEvent event) {
    if (cause.compareAndSet(null, new BySignal(event))) {
      if (restores) {
        unregister();
      }
      tell(dependents::execute);
    } else if (later != null && cause.get() instanceof BySignal) {
      later.offer(event);
    }
  }

  private void onFailure(Throwable why) {
    if (cause.compareAndSet(null, new ByFailure(why))) {
      tell(dependents::execute);
    }
  }

  private void adopt(SignalContext child) {
    children.add(child);
    if (isDone()) {
      child.endBy(this, Runnable::run);
    }
  }

  /** Ends this by the end of the parent: there is nothing left to be told of by signals. */
  private void endBy(SignalContext ended, Executor unregistering) {
    if (cause.compareAndSet(null, new ByParent(ended.decided()))) {
      tell(unregistering);
      unregistering.execute(this::unregister);
    }
  }

  /** Tells everybody that this is done. Idempotent; any thread. */
  private void tell(Executor unregistering) {
    done.countDown();
    if (told.compareAndSet(false, true)) {
      forget();
      children.forEach(child -> child.endBy(this, unregistering));
      dependents.execute(this::complete);
    }
  }

  private void complete() {
    Cause first = first(decided());
    if (first instanceof BySignal signalled) {
      completer.complete(signalled.event());
    } else {
      Throwable why = first instanceof ByFailure failed ? failed.why() : null;
      completer.completeExceptionally(new ContextClosedException(why));
    }
  }

  private void forget() {
    dependents.remove(this);
    if (parent != null) {
      parent.children.remove(this);
    }
  }

  private void unregister() {
    Subscription ending = registration;
    if (ending != null) {
      ending.close();
    }
  }

  private Cause decided() {
    return Objects.requireNonNull(cause.get());
  }

  private static Optional<SignalEvent> eventOf(Cause cause) {
    return first(cause) instanceof BySignal signalled
        ? Optional.of(signalled.event())
        : Optional.empty();
  }

  /** What has ended the first of the parents that was done. */
  private static Cause first(Cause cause) {
    Cause first = cause;
    while (first instanceof ByParent inherited) {
      first = inherited.cause();
    }
    return first;
  }

  /** Describes a context. */
  public static final class Builder {
    private final SignalNotifier notifier;
    private final Dependents dependents;
    private final List<Signal> signals;
    private @Nullable SignalContext parent;
    private SecondSignal second = SecondSignal.SWALLOW;
    private @Nullable Consumer<? super SignalEvent> later;

    private Builder(SignalNotifier notifier, Dependents dependents, Signal... signals) {
      if (signals.length == 0) {
        throw new IllegalArgumentException("signals is empty; name those that end the context");
      }
      this.notifier = notifier;
      this.dependents = dependents;
      this.signals = List.of(signals).stream().distinct().toList();
    }

    /** Ends the context when another one is done, with its cause. */
    public Builder parent(SignalContext context) {
      this.parent = Objects.requireNonNull(context, "context");
      return this;
    }

    /** What becomes of the signals after the first; by default {@link SecondSignal#SWALLOW}. */
    public Builder secondSignal(SecondSignal policy) {
      this.second = Objects.requireNonNull(policy, "policy");
      this.later = null;
      return this;
    }

    /**
     * Calls the handler for the signals after the first, until the context is closed: on the
     * notifier's executor, one call at a time. Those that come during a call are merged by signal.
     * What the handler throws is logged.
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
      return new SignalContext(this).start(notifier);
    }
  }
}
