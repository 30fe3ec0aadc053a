package org.sigqueue.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.sigqueue.core.Delivery;
import org.sigqueue.core.ParkingStrategies;

/** The peers of one kind of measurement, by name, in the order in which tables show them. */
final class PeerSet {
  /** Stands for every peer. */
  static final String ALL = "all";

  /** Which peers can run here, and for the others why not. */
  record Choice(List<Peer> peers, List<String> unavailable) {}

  /** Every delivery, in the order in which tables show them. */
  static final List<String> DELIVERIES =
      Stream.of(Delivery.values()).map(each -> each.name().toLowerCase(Locale.ROOT)).toList();

  private static final String CLASSES = "org.sigqueue.bench.peer.";

  /** Signals run a handler, which wakes the receiver. */
  private static final String HANDLER = "handler";

  /** How real-time signals are delivered unless somebody chooses. */
  private static final String EXCLUSIVE = "exclusive";

  /** The strategies that wait in the kernel for signals. */
  private static final List<String> DIRECT = List.of("adaptive", "direct");

  /** Those of a name with these deliveries; of none, with the usual one. */
  private interface Choosable {
    List<Peer> with(List<String> deliveries);
  }

  /** Asked when a peer is chosen. */
  private final Map<String, Choosable> peers = new LinkedHashMap<>();

  private final String usual;

  private PeerSet(String usual) {
    this.usual = usual;
  }

  /** The peers that count in the shared page what another process sends them. */
  static PeerSet receivers() {
    return new PeerSet(HANDLER)
        .c("c-handler", "peer_handler")
        .c("c-futex", "peer_futex")
        .c("c-spin", "peer_spin")
        .c("c-sigwaitinfo", "peer_sigwaitinfo")
        .c("c-signalfd", "peer_signalfd")
        .strategies("core", "CorePeer")
        .strategies("inline", "InlinePeer")
        .strategies("channel", "ChannelPeer")
        .foreign("jdk", () -> Java.command(CLASSES + "JdkPeer"))
        .foreign("go", Toolchains::goNotify)
        .foreign("signal-hook", Toolchains::signalHook)
        .foreign("tokio", Toolchains::tokio)
        .foreign("tokio-main", Toolchains::tokioMain);
  }

  /** The peers that see the values of real-time signals. */
  static PeerSet valueReceivers() {
    return new PeerSet(EXCLUSIVE)
        .c("c-handler", "peer_handler")
        .c("c-sigwaitinfo", "peer_sigwaitinfo")
        .c("c-signalfd", "peer_signalfd")
        .strategies("core", "CorePeer")
        .strategies("inline", "InlinePeer")
        .strategies("channel", "ChannelPeer");
  }

  /**
   * The programs that send signals to themselves: a number of workers, for so many milliseconds.
   */
  static PeerSet selfSenders() {
    return new PeerSet(HANDLER)
        .c("c-handler", "stress_handler")
        .strategies("channel", "ChannelStress")
        .foreign("jdk", () -> Java.command(CLASSES + "JdkStress"))
        .foreign("go", Toolchains::goStress);
  }

  /** Where the signals of {@link Fanout} come from. */
  static PeerSet fanouts() {
    return new PeerSet(HANDLER)
        .foreign("virtual", () -> Java.command(CLASSES + "FanoutPeer", "virtual"))
        .ours("real", "FanoutPeer", "real");
  }

  /** The programs of {@link Start}. */
  static PeerSet starters() {
    return new PeerSet(HANDLER)
        .ours("sigqueue", "StartPeer")
        .ours("sigqueue-logging", "StartPeer", "logging")
        .foreign("jdk", () -> Java.command(CLASSES + "JdkStartPeer"));
  }

  private PeerSet c(String name, String program) {
    return foreign(name, () -> List.of(Home.program(program).toString()));
  }

  /** Adds a peer to which no kernel signal comes through sigqueue. */
  private PeerSet foreign(String name, Supplier<List<String>> command) {
    peers.put(name, deliveries -> List.of(Peer.foreign(name, command.get())));
    return this;
  }

  /** Adds one that leaves the delivery as it is by default. */
  private PeerSet ours(String name, String mainClass, String... arguments) {
    List<String> command = Java.command(CLASSES + mainClass, arguments);
    peers.put(name, deliveries -> List.of(new Peer(name, usual, name, command)));
    return this;
  }

  /** One peer for the default strategy, and one for each other that a handler can wake. */
  private PeerSet strategies(String name, String mainClass) {
    String preferred = ParkingStrategies.preferred().name();
    strategy(name, mainClass, preferred);
    for (String strategy : ParkingStrategies.all().keySet()) {
      if (!strategy.equals(preferred) && !strategy.equals(ParkingStrategies.PARK.name())) {
        strategy(name + "-" + strategy, mainClass, strategy);
      }
    }
    return this;
  }

  private void strategy(String name, String mainClass, String strategy) {
    List<String> possible = DIRECT.contains(strategy) ? DELIVERIES : List.of(HANDLER);
    String own = possible.contains(usual) ? usual : HANDLER;
    peers.put(
        name,
        deliveries -> {
          if (deliveries.isEmpty()) {
            return List.of(peer(name, name, mainClass, strategy, own));
          }
          return possible.stream()
              .filter(deliveries::contains)
              .map(each -> peer(name, name + " " + each, mainClass, strategy, each))
              .toList();
        });
  }

  private static Peer peer(
      String name, String label, String mainClass, String strategy, String delivery) {
    return new Peer(
        name, delivery, label, Java.command(CLASSES + mainClass, strategy + "/" + delivery));
  }

  /**
   * The peers of these names, or of {@link #ALL}; builds those that have to be.
   *
   * @param deliveries ours with each of these; none for the usual one
   * @throws IllegalArgumentException if there is no peer of a name
   */
  Choice choose(List<String> names, List<String> deliveries) {
    List<String> wanted =
        names.contains(ALL) ? List.copyOf(peers.keySet()) : names.stream().distinct().toList();
    List<Choosable> known = wanted.stream().map(this::find).toList();
    List<Peer> chosen = new ArrayList<>();
    List<String> unavailable = new ArrayList<>();
    for (int i = 0; i < wanted.size(); i++) {
      try {
        chosen.addAll(known.get(i).with(deliveries));
      } catch (HarnessException e) {
        unavailable.add(wanted.get(i) + ": " + e.getMessage());
      }
    }
    return new Choice(chosen, unavailable);
  }

  private Choosable find(String name) {
    Choosable peer = peers.get(name);
    if (peer == null) {
      throw new IllegalArgumentException(
          "no peer is named '%s'; there are: %s, %s"
              .formatted(name, ALL, String.join(", ", peers.keySet())));
    }
    return peer;
  }
}
