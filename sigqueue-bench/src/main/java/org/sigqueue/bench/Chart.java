package org.sigqueue.bench;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.geom.Rectangle2D;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.Locale;
import org.jfree.chart.ChartFactory;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.LogAxis;
import org.jfree.chart.axis.NumberTickUnit;
import org.jfree.chart.plot.PlotOrientation;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.xy.XYLineAndShapeRenderer;
import org.jfree.data.xy.XYSeries;
import org.jfree.data.xy.XYSeriesCollection;
import org.jfree.svg.SVGGraphics2D;

/** A plot of lines with logarithmic axes, as SVG. */
final class Chart {
  private static final int WIDTH = 900;
  private static final int HEIGHT = 480;
  private static final DecimalFormatSymbols ROOT = DecimalFormatSymbols.getInstance(Locale.ROOT);
  private static final double TEN = 10;
  private static final float LINE = 2f;
  private static final Color[] COLORS = {
    new Color(0x0072b2), new Color(0xd55e00), new Color(0x009e73), new Color(0xcc79a7),
    new Color(0xe69f00), new Color(0x56b4e9), new Color(0x000000), new Color(0x999933),
    new Color(0x882255), new Color(0x44aa99), new Color(0x777777), new Color(0xddcc77)
  };

  private final String title;
  private final String across;
  private final String up;
  private double base = TEN; // of the steps across
  private final XYSeriesCollection lines = new XYSeriesCollection();

  Chart(String title, String across, String up) {
    this.title = title;
    this.across = across;
    this.up = up;
  }

  /** Makes each step across twice the one before, not ten times. */
  Chart doubling() {
    base = 2;
    return this;
  }

  /** Adds a point to a line; a logarithmic axis has no place for zero, so that is left out. */
  void add(String line, double x, double y) {
    if (x > 0 && y > 0) {
      if (lines.getSeriesIndex(line) < 0) {
        lines.addSeries(new XYSeries(line));
      }
      lines.getSeries(line).add(x, y);
    }
  }

  boolean isEmpty() {
    return lines.getSeriesCount() == 0;
  }

  void write(Path file) {
    JFreeChart chart =
        ChartFactory.createXYLineChart(
            title, across, up, lines, PlotOrientation.VERTICAL, true, false, false);
    chart.setBackgroundPaint(Color.WHITE);
    XYPlot plot = chart.getXYPlot();
    plot.setBackgroundPaint(Color.WHITE);
    plot.setDomainGridlinePaint(Color.LIGHT_GRAY);
    plot.setRangeGridlinePaint(Color.LIGHT_GRAY);
    plot.setDomainAxis(logarithmic(across, base));
    plot.setRangeAxis(logarithmic(up, TEN));
    XYLineAndShapeRenderer renderer = new XYLineAndShapeRenderer(true, true);
    for (int line = 0; line < lines.getSeriesCount(); line++) {
      renderer.setSeriesPaint(line, COLORS[line % COLORS.length]);
      renderer.setSeriesStroke(line, new BasicStroke(LINE));
    }
    plot.setRenderer(renderer);
    SVGGraphics2D graphics = new SVGGraphics2D(WIDTH, HEIGHT);
    chart.draw(graphics, new Rectangle2D.Double(0, 0, WIDTH, HEIGHT));
    try {
      Path directory = file.getParent();
      if (directory != null) {
        Files.createDirectories(directory);
      }
      Files.writeString(file, graphics.getSVGDocument());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static LogAxis logarithmic(String label, double base) {
    LogAxis axis = new LogAxis(label);
    axis.setBase(base);
    axis.setTickUnit(new NumberTickUnit(1)); // at the powers of the base
    axis.setNumberFormatOverride(new DecimalFormat("#,###.###", ROOT));
    return axis;
  }
}
