package org.sigqueue.shutdown;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A group of {@linkplain ShutdownStep steps} in a {@link GracefulShutdown}: they run one after the
 * other, in reverse order, or side by side. A group may contain groups.
 *
 * <p>Steps may be added and removed at any time, by any thread: a component that is started later
 * adds its step to a group that was put in its place before. While a shutdown is under way, a step
 * that is added runs if its turn has not passed, and one that is removed does not run if it has not
 * begun.
 *
 * <pre>{@code
 * StepGroup components = StepGroup.sideBySide("components");
 * GracefulShutdown.on(Signal.TERM)
 *     .step("refuse new requests", server::pause)
 *     .group(components)
 *     .step("close the database", pool::close)
 *     .install();
 * components.add(ShutdownStep.of("mailer", mailer::stop).limit(Duration.ofSeconds(3)));
 * }</pre>
 */
public final class StepGroup implements StepNode {
  private enum Order {
    FORWARD,
    REVERSE,
    SIDE_BY_SIDE
  }

  private final String name;
  private final Order order;
  private final List<StepNode> nodes = new ArrayList<>(); // guards itself

  private StepGroup(String name, Order order) {
    this.name = Objects.requireNonNull(name, "name");
    this.order = order;
  }

  /** A group whose steps run one after the other, in the order in which they were added. */
  public static StepGroup inOrder(String name) {
    return new StepGroup(name, Order.FORWARD);
  }

  /** A group whose steps run one after the other, the one that was added last first. */
  public static StepGroup inReverse(String name) {
    return new StepGroup(name, Order.REVERSE);
  }

  /** A group whose steps run at the same time; it ends when the last of them has. */
  public static StepGroup sideBySide(String name) {
    return new StepGroup(name, Order.SIDE_BY_SIDE);
  }

  /**
   * Adds a step after those there are.
   *
   * @throws IllegalArgumentException if it is in this group already
   */
  public void add(ShutdownStep step) {
    addNode(Objects.requireNonNull(step, "step"));
  }

  /**
   * Adds a group after the steps and groups that are there. Groups must not contain themselves.
   *
   * @throws IllegalArgumentException if it is in this group already, or contains it
   */
  public void add(StepGroup group) {
    if (group.contains(this)) {
      throw new IllegalArgumentException(group + " contains " + this);
    }
    addNode(group);
  }

  private void addNode(StepNode node) {
    synchronized (nodes) {
      if (nodes.contains(node)) {
        throw new IllegalArgumentException(node + " is in " + this + " already");
      }
      nodes.add(node);
    }
  }

  /**
   * Takes a step out of this group, unless it is not there. It is the object that was added: {@link
   * ShutdownStep#limit} makes another one.
   *
   * @return whether it was there
   */
  public boolean remove(ShutdownStep step) {
    synchronized (nodes) {
      return nodes.remove(step);
    }
  }

  /**
   * Takes a group out of this group, unless it is not there.
   *
   * @return whether it was there
   */
  public boolean remove(StepGroup group) {
    synchronized (nodes) {
      return nodes.remove(group);
    }
  }

  /** The name for the log. */
  @Override
  public String name() {
    return name;
  }

  boolean isSideBySide() {
    return order == Order.SIDE_BY_SIDE;
  }

  /** The node that is to begin next, if there is one; nodes are equal only to themselves. */
  @Nullable StepNode next(Set<StepNode> begun) {
    List<StepNode> now = nodes();
    for (int i = 0; i < now.size(); i++) {
      StepNode node = now.get(order == Order.REVERSE ? now.size() - 1 - i : i);
      if (!begun.contains(node)) {
        return node;
      }
    }
    return null;
  }

  /** All steps of this group and of the groups in it. */
  List<ShutdownStep> steps() {
    List<ShutdownStep> steps = new ArrayList<>();
    for (StepNode node : nodes()) {
      if (node instanceof StepGroup group) {
        steps.addAll(group.steps());
      } else if (node instanceof ShutdownStep step) {
        steps.add(step);
      }
    }
    return steps;
  }

  private boolean contains(StepGroup group) {
    return this == group
        || nodes().stream().anyMatch(node -> node instanceof StepGroup g && g.contains(group));
  }

  private List<StepNode> nodes() {
    synchronized (nodes) {
      return List.copyOf(nodes);
    }
  }

  /** The name, for people. */
  @Override
  public String toString() {
    return "group '" + name + "'";
  }
}
