package org.sigqueue.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.sigqueue.cli.console.Console;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.codegen.docgen.manpage.ManPageGenerator;

/** Writes the sources of the manual pages, and the script for completion, during the build. */
final class ManualMain {
  private ManualMain() {}

  /**
   * Writes the files.
   *
   * @param args the folder, and the version
   */
  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args[0]);
    Files.createDirectories(folder);
    PrintWriter nowhere = new PrintWriter(new StringWriter());
    CommandLine root =
        Commands.line(
            () -> {
              throw new IllegalStateException("nothing is run here");
            },
            Console.of(nowhere, nowhere));
    Files.writeString(folder.resolve("sigqueue.bash"), CompletionCommand.script(root));
    List<CommandSpec> pages = new ArrayList<>(List.of(root.getCommandSpec()));
    root.getSubcommands().values().forEach(each -> pages.add(each.getCommandSpec()));
    pages.forEach(page -> page.versionProvider(() -> new String[] {"sigqueue " + args[1]}));
    boolean[] quiet = {};
    int status =
        ManPageGenerator.generateManPage(
            folder.toFile(), null, quiet, true, pages.toArray(new CommandSpec[0]));
    if (status != 0) {
      throw new IOException("the generator of manual pages ended with status " + status);
    }
    for (CommandSpec page : pages) {
      keepSynopsisLines(folder.resolve(page.qualifiedName("-") + ".adoc"));
    }
  }

  /** A synopsis of several lines would become a paragraph. */
  private static void keepSynopsisLines(Path page) throws IOException {
    String text = Files.readString(page);
    Files.writeString(
        page,
        text.replace("== Synopsis\n\n", "== Synopsis\n\n[%hardbreaks]\n")
            .replaceAll("(?m)^ {7}(?=sigqueue )", ""));
  }
}
