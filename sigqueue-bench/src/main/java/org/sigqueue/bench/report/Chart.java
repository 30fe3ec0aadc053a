package org.sigqueue.bench.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** A line chart with logarithmic axes, as SVG. Grid lines are at the powers of a base. */
final class Chart {
  private static final int WIDTH = 900;
  private static final int HEIGHT = 480;
  private static final int LEFT = 70;
  private static final int RIGHT = 200; // for the legend
  private static final int TOP = 60;
  private static final int BOTTOM = 60;
  private static final int LEGEND_LINE = 20;
  private static final List<String> COLORS =
      List.of(
          "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#999933",
          "#882255", "#44aa99", "#777777", "#ddcc77");

  private record Point(double x, double y) {}

  private final String title;
  private final Axis across;
  private final Axis up;
  private final Map<String, List<Point>> lines = new LinkedHashMap<>();

  /** An axis over the powers of its base that enclose the values. */
  private static final class Axis {
    private final String label;
    private final int base;
    private final int begin;
    private final int length;
    private int first = Integer.MAX_VALUE; // exponents
    private int last = Integer.MIN_VALUE;

    Axis(String label, int base, int begin, int length) {
      this.label = label;
      this.base = base;
      this.begin = begin;
      this.length = length;
    }

    void include(double value) {
      double exponent = exponent(value);
      first = Math.min(first, (int) Math.floor(exponent));
      last = Math.max(last, Math.max(first + 1, (int) Math.ceil(exponent)));
    }

    double place(double value) {
      return begin + length * (exponent(value) - first) / (last - first);
    }

    private double exponent(double value) {
      double exponent = Math.log(value) / Math.log(base);
      double whole = Math.rint(exponent);
      return Math.abs(exponent - whole) < 1e-9 ? whole : exponent; // log(8)/log(2) is not quite 3
    }
  }

  /**
   * Creates a chart without lines.
   *
   * @param base the horizontal grid: the powers of 2, or of 10
   */
  Chart(String title, String across, int base, String up) {
    this.title = title;
    this.across = new Axis(across, base, LEFT, WIDTH - LEFT - RIGHT);
    this.up = new Axis(up, 10, HEIGHT - BOTTOM, TOP + BOTTOM - HEIGHT);
  }

  /** Adds a point to a line; a logarithmic axis has no place for zero, so that is left out. */
  void add(String line, double x, double y) {
    if (x > 0 && y > 0) {
      across.include(x);
      up.include(y);
      lines.computeIfAbsent(line, key -> new ArrayList<>()).add(new Point(x, y));
    }
  }

  boolean isEmpty() {
    return lines.isEmpty();
  }

  String svg() {
    StringBuilder svg = new StringBuilder();
    svg.append(
        format(
            "<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d'"
                + " font-family='sans-serif' font-size='13'>%n<rect width='%d' height='%d'"
                + " fill='white'/>%n",
            WIDTH, HEIGHT, WIDTH, HEIGHT));
    int right = WIDTH - RIGHT;
    int bottom = HEIGHT - BOTTOM;
    svg.append(text(LEFT, 20, "start", title));
    svg.append(text((LEFT + right) / 2.0, HEIGHT - 16, "middle", across.label));
    svg.append(text(6, TOP - 18, "start", up.label));
    for (int i = across.first; i <= across.last; i++) {
      double x = across.place(Math.pow(across.base, i));
      svg.append(line(x, TOP, x, bottom, "#ddd", 1));
      svg.append(text(x, bottom + 18, "middle", number(Math.pow(across.base, i))));
    }
    for (int i = up.first; i <= up.last; i++) {
      double y = up.place(Math.pow(up.base, i));
      svg.append(line(LEFT, y, right, y, "#ddd", 1));
      svg.append(text(LEFT - 6, y + 4, "end", number(Math.pow(up.base, i))));
    }
    int drawn = 0;
    for (Map.Entry<String, List<Point>> line : lines.entrySet()) {
      String color = COLORS.get(drawn % COLORS.size());
      svg.append(curve(line.getValue(), color));
      int y = TOP + LEGEND_LINE * drawn;
      svg.append(line(right + 14, y, right + 38, y, color, 2));
      svg.append(text(right + 44, y + 4, "start", line.getKey()));
      drawn++;
    }
    return svg.append("</svg>\n").toString();
  }

  private String curve(List<Point> points, String color) {
    String path =
        points.stream()
            .map(point -> format("%.1f,%.1f", across.place(point.x()), up.place(point.y())))
            .collect(Collectors.joining(" "));
    String dots =
        points.stream()
            .map(point ->
                format(
                    "<circle cx='%.1f' cy='%.1f' r='3' fill='%s'/>%n",
                    across.place(point.x()), up.place(point.y()), color))
            .collect(Collectors.joining());
    return format(
        "<polyline points='%s' fill='none' stroke='%s' stroke-width='2'/>%n%s", path, color, dots);
  }

  private static String line(double x1, double y1, double x2, double y2, String color, int width) {
    return format(
        "<line x1='%.1f' y1='%.1f' x2='%.1f' y2='%.1f' stroke='%s' stroke-width='%d'/>%n",
        x1, y1, x2, y2, color, width);
  }

  private static String text(double x, double y, String anchor, String text) {
    String escaped = text.replace("&", "&amp;").replace("<", "&lt;");
    return format("<text x='%.1f' y='%.1f' text-anchor='%s'>%s</text>%n", x, y, anchor, escaped);
  }

  private static String number(double power) {
    return power >= 1 ? format("%,.0f", power) : Double.toString(power);
  }

  private static String format(String format, Object... arguments) {
    return String.format(Locale.ROOT, format.replace("%n", "\n"), arguments);
  }
}
