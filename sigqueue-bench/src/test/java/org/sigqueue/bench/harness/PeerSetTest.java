package org.sigqueue.bench.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The choice of peers. */
class PeerSetTest {
  @Test
  void usualDeliveryHasTheNameAsLabel() {
    assertEquals(List.of("core"), labels(List.of("core"), List.of()));
    assertEquals(
        "handler",
        PeerSet.receivers().choose(List.of("core"), List.of(), null).peers().get(0).delivery());
  }

  @Test
  void deliveriesMultiplyOursAndLeaveTheOthers() {
    assertEquals(
        List.of("c-futex", "core handler", "core exclusive", "core-futex handler"),
        labels(List.of("c-futex", "core", "core-futex"), PeerSet.DELIVERIES));
  }

  @Test
  void nameWithADeliveryIsThatAlone() {
    assertEquals(
        List.of("core", "core exclusive"), labels(List.of("core", "core/exclusive"), List.of()));
    assertUnknown("core/steered");
    assertUnknown("c-futex/exclusive");
    assertUnknown("core-futex/exclusive");
  }

  @Test
  void oldPeersFollowOursWithTheSameArguments() {
    List<Peer> peers =
        PeerSet.receivers()
            .choose(
                List.of("c-futex", "core", "core-futex", "channel/exclusive"),
                List.of(),
                Path.of("old.jar"))
            .peers();
    assertEquals(
        List.of(
            "c-futex",
            "core",
            "old-core",
            "core-futex",
            "channel exclusive",
            "old-channel exclusive"),
        peers.stream().map(Peer::label).toList());
    List<String> ours = peers.get(1).command();
    List<String> old = peers.get(2).command();
    assertTrue(old.contains("old.jar"), old::toString);
    assertEquals(ours.size(), old.size());
    assertEquals(
        1, IntStream.range(0, ours.size()).filter(i -> !ours.get(i).equals(old.get(i))).count());
  }

  @Test
  void peerThatCannotBeBuiltIsAFailureOnlyIfItWasNamed() {
    PeerSet set =
        new PeerSet("handler")
            .foreign(
                "absent",
                () -> {
                  throw new HarnessException("no compiler");
                })
            .foreign("present", () -> List.of("present"));
    PeerSet.Choice all = set.choose(List.of(PeerSet.ALL), List.of(), null);
    assertEquals(List.of("absent: no compiler"), all.unavailable());
    assertEquals(List.of(), all.failures());
    assertEquals(List.of("present"), all.peers().stream().map(Peer::name).toList());
    PeerSet.Choice named = set.choose(List.of("absent", "present"), List.of(), null);
    assertEquals(List.of("absent: no compiler"), named.failures());
  }

  private static List<String> labels(List<String> names, List<String> deliveries) {
    return PeerSet.receivers().choose(names, deliveries, null).peers().stream()
        .map(Peer::label)
        .toList();
  }

  private static void assertUnknown(String name) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> labels(List.of(name), List.of()));
    assertTrue(e.getMessage().startsWith("no peer is named '" + name + "'"), e.getMessage());
  }
}
