package org.sigqueue.bench;

import java.util.List;

/**
 * What a measurement gave.
 *
 * @param rows records, whose components are the fields of the JSON
 * @param ratios how the rows compare with others of the same rounds
 * @param table the rows and ratios for people
 * @param failures what could not be measured although it should have been; can be added to
 */
record Result(List<?> rows, List<Ratio> ratios, Table table, List<String> failures) {
  /**
   * How a row compares.
   *
   * @param peer whose row
   * @param at the pace, the number of workers, or what else there are several rows for
   * @param to the peer that it is divided by
   * @param what the field that is compared
   */
  record Ratio(
      String peer, long at, String to, String what, double median, double min, double max) {
    static Ratio of(Case each, String to, String what, Spread spread) {
      return new Ratio(
          each.peer().label(), each.at(), to, what, spread.median(), spread.min(), spread.max());
    }
  }
}
