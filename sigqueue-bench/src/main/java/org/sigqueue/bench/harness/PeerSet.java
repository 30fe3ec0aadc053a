package org.sigqueue.bench.harness;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.park.ParkingStrategies;

/** The peers of one kind of measurement by name, in the order in which tables show them. */
final class PeerSet {
  /** The name that stands for every peer. */
  static final String ALL = "all";

  /** The way in which most signals come: the kernel runs a handler, which wakes the receiver. */
  private static final String HANDLER = "handler";

  /** The receiver alone gets the signal, in the kernel. */
  private static final String EXCLUSIVE = "exclusive";

  /** Every delivery, in the order in which tables show them. */
  static final List<String> DELIVERIES = List.of(HANDLER, EXCLUSIVE);

  private static final String CLASSES = "org.sigqueue.bench.peer.";

  /** The strategies that can wait in the kernel for exclusive signals. */
  private static final Set<String> WAIT_IN_KERNEL = Set.of("adaptive", "sigwait");

  /**
   * The peers that can run here.
   *
   * @param unavailable the others, and why they cannot
   * @param failures those of the unavailable that were asked for by name
   */
  record Choice(List<Peer> peers, List<String> unavailable, List<String> failures) {}

  private interface Factory {
    Peer create(String label, @Nullable String delivery);
  }

  /**
   * A peer before it is built.
   *
   * @param deliveries those that it can be asked for; empty if it cannot
   * @param usual the delivery if it is not asked for one
   * @param hasOld whether an older build has it as well
   */
  private record Entry(
      String name,
      List<String> deliveries,
      @Nullable String usual,
      boolean hasOld,
      Factory factory) {
    List<Peer> peers(List<String> asked) {
      if (asked.isEmpty() || deliveries.isEmpty()) {
        return List.of(factory.create(name, usual));
      }
      return deliveries.stream()
          .filter(asked::contains)
          .map(delivery -> factory.create(name + " " + delivery, delivery))
          .toList();
    }
  }

  private final Map<String, Entry> entries = new LinkedHashMap<>();
  private final String usual;

  PeerSet(String usual) {
    this.usual = usual;
  }

  /** The peers that count the signals of another process in the shared page. */
  static PeerSet receivers() {
    return new PeerSet(HANDLER)
        .c("c-handler", "peer_handler")
        .c("c-borrower", "peer_borrower")
        .c("c-futex", "peer_futex")
        .c("c-spin", "peer_spin")
        .c("c-sigwaitinfo", "peer_sigwaitinfo")
        .c("c-signalfd", "peer_signalfd")
        .strategies("core", "CorePeer")
        .strategies("inline", "InlinePeer")
        .strategies("channel", "ChannelPeer")
        .foreign("jdk", () -> jdk("receive"))
        .foreign("go", Toolchains::goNotify)
        .foreign("signal-hook", Toolchains::signalHook)
        .foreign("tokio", Toolchains::tokio)
        .foreign("tokio-main", Toolchains::tokioMain);
  }

  /** The peers that read the values of real-time signals. */
  static PeerSet valueReceivers() {
    return new PeerSet(EXCLUSIVE)
        .c("c-handler", "peer_handler")
        .c("c-sigwaitinfo", "peer_sigwaitinfo")
        .c("c-signalfd", "peer_signalfd")
        .strategies("core", "CorePeer")
        .strategies("inline", "InlinePeer")
        .strategies("channel", "ChannelPeer");
  }

  /** The programs that send themselves signals: from N workers, for so many milliseconds. */
  static PeerSet selfSenders() {
    return new PeerSet(HANDLER)
        .c("c-handler", "stress_handler")
        .strategies("channel", "ChannelStress")
        .foreign("jdk", () -> jdk("stress"))
        .foreign("go", Toolchains::goStress);
  }

  /** The programs of {@link Fanout}: where their signals come from. */
  static PeerSet fanouts() {
    return new PeerSet(HANDLER)
        .add("virtual", null, true, () -> Programs.java(CLASSES + "FanoutPeer", "virtual"))
        .add("real", HANDLER, true, () -> Programs.java(CLASSES + "FanoutPeer", "real"));
  }

  /** The programs of {@link Start}. */
  static PeerSet starters() {
    PeerSet set = new PeerSet(HANDLER);
    set.foreign("nothing", () -> Programs.java(CLASSES + "StartPeer", "nothing"));
    set.foreign("accept", () -> Programs.java(CLASSES + "StartPeer", "accept"));
    set.foreign("jdk", () -> jdk("start"));
    set.foreign("jdk-class", () -> jdk("start-class"));
    for (String use :
        List.of(
            "",
            "-logging",
            "-stopped",
            "-closed-in-hook",
            "-yield",
            "-realtime",
            "-subscription",
            "-context",
            "-exclusive",
            "-shutdown")) {
      set.starter("sigqueue" + use, HANDLER);
    }
    set.foreign("sigqueue-without-native", PeerSet::withoutNative);
    return set.starter(Start.THREADS, EXCLUSIVE);
  }

  /** A library that cannot be loaded: as if its jar were missing. */
  private static List<String> withoutNative() {
    List<String> command = new ArrayList<>(Programs.java(CLASSES + "StartPeer", "sigqueue"));
    command.add(1, "-Dorg.sigqueue.native.path=/nonexistent");
    return command;
  }

  private static List<String> jdk(String what) {
    String classPath = BuildPaths.withJdkPeer(System.getProperty("java.class.path"));
    return Programs.withClassPath(Programs.java(CLASSES + "JdkPeer", what), classPath);
  }

  private PeerSet c(String name, String program) {
    return foreign(name, () -> List.of(BuildPaths.program(program).toString()));
  }

  PeerSet foreign(String name, Supplier<List<String>> command) {
    return add(name, null, false, command);
  }

  private PeerSet starter(String name, String delivery) {
    return add(name, delivery, false, () -> Programs.java(CLASSES + "StartPeer", name));
  }

  private PeerSet add(
      String name, @Nullable String delivery, boolean hasOld, Supplier<List<String>> command) {
    Factory factory = (label, ignored) -> new Peer(name, delivery, label, command.get());
    entries.put(name, new Entry(name, List.of(), delivery, hasOld, factory));
    return this;
  }

  /** Adds a peer for the default strategy, and one for each other that a handler can wake. */
  private PeerSet strategies(String name, String mainClass) {
    String preferred = ParkingStrategies.preferred().name();
    strategy(name, mainClass, preferred, true);
    for (String strategy : ParkingStrategies.all().keySet()) {
      if (!strategy.equals(preferred) && !strategy.equals(ParkingStrategies.PARK.name())) {
        strategy(name + "-" + strategy, mainClass, strategy, false);
      }
    }
    return this;
  }

  private void strategy(String name, String mainClass, String strategy, boolean hasOld) {
    List<String> possible = WAIT_IN_KERNEL.contains(strategy) ? DELIVERIES : List.of(HANDLER);
    Factory factory =
        (label, delivery) ->
            new Peer(
                name,
                delivery,
                label,
                Programs.java(CLASSES + mainClass, strategy + "/" + delivery));
    String own = possible.contains(usual) ? usual : HANDLER;
    entries.put(name, new Entry(name, possible, own, hasOld, factory));
  }

  /** Whether an older build has one of these peers. */
  boolean hasOldPeers() {
    return entries.values().stream().anyMatch(Entry::hasOld);
  }

  /**
   * The peers of these names; those that have to be built are built.
   *
   * @param names names of peers, NAME/DELIVERY, or {@link #ALL}
   * @param deliveries take each peer of ours with each of these; empty for the usual one
   * @param oldJar another build, whose peers come after ours; null for none
   * @throws IllegalArgumentException if there is no peer of a name
   */
  Choice choose(List<String> names, List<String> deliveries, @Nullable Path oldJar) {
    Set<Peer> chosen = new LinkedHashSet<>();
    List<String> unavailable = new ArrayList<>();
    List<String> failures = new ArrayList<>();
    for (String name : names) {
      boolean all = name.equals(ALL);
      for (String each : all ? List.copyOf(entries.keySet()) : List.of(name)) {
        int slash = each.indexOf('/');
        Entry entry = find(slash < 0 ? each : each.substring(0, slash));
        List<String> asked = slash < 0 ? deliveries : List.of(each.substring(slash + 1));
        if (slash >= 0 && !entry.deliveries().containsAll(asked)) {
          throw unknown(each);
        }
        try {
          for (Peer peer : entry.peers(asked)) {
            chosen.add(peer);
            if (oldJar != null && entry.hasOld()) {
              chosen.add(peer.in(oldJar));
            }
          }
        } catch (HarnessException e) {
          String line = each + ": " + e.getMessage();
          unavailable.add(line);
          if (!all) {
            failures.add(line);
          }
        }
      }
    }
    return new Choice(List.copyOf(chosen), unavailable, failures);
  }

  private Entry find(String name) {
    Entry entry = entries.get(name);
    if (entry == null) {
      throw unknown(name);
    }
    return entry;
  }

  private IllegalArgumentException unknown(String name) {
    return new IllegalArgumentException(
        "no peer is named '%s'; there are: %s, %s"
            .formatted(name, ALL, String.join(", ", entries.keySet())));
  }
}
