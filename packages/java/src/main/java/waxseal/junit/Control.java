package waxseal.junit;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A process of waxseal that takes commands, one line of JSON each (docs/control.md); it ends with the test run. */
final class Control implements ExtensionContext.Store.CloseableResource {
  private final File errors;
  private final Process process;
  private final BufferedWriter input;
  private final BufferedReader output;

  Control() {
    String configured = System.getProperty("waxseal.command", System.getenv("WAXSEAL"));
    List<String> command = words(configured == null || configured.isBlank() ? "waxseal" : configured);
    String program = command.get(0);
    command.addAll(List.of("serve", "--control", "stdio"));
    try {
      errors = File.createTempFile("waxseal", ".log");
      errors.deleteOnExit();
      process = new ProcessBuilder(command).redirectError(errors).start();
    } catch (IOException error) {
      throw failure(
          "cannot start " + program + " (" + error.getMessage() + "): put waxseal on the PATH, or name its command in the"
              + " environment variable WAXSEAL or the system property waxseal.command");
    }
    input = new BufferedWriter(new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
    output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    call("hello", Map.of("version", 1));
  }

  /** Carries out one command, and gives what it answers; throws AssertionError. */
  @SuppressWarnings("unchecked")
  synchronized Map<String, Object> call(String command, Map<String, ?> fields) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("command", command);
    line.putAll(fields);
    Map<String, Object> said;
    try {
      input.write(Json.write(line));
      input.write('\n');
      input.flush();
      said = (Map<String, Object>) Json.parse(output.readLine());
    } catch (IOException | IllegalArgumentException | NullPointerException | ClassCastException error) {
      throw failure("waxseal has ended: " + lastWords());
    }
    if (Boolean.TRUE.equals(said.get("ok"))) return (Map<String, Object>) said.get("answer");
    throw failure(String.valueOf(((Map<String, Object>) said.get("error")).get("message")));
  }

  @Override
  public void close() throws IOException, InterruptedException {
    try {
      input.close();
    } catch (IOException error) {
      // It has ended already.
    }
    if (!process.waitFor(5, TimeUnit.SECONDS)) process.destroyForcibly();
    Files.deleteIfExists(errors.toPath());
  }

  /** A failure of a test that shows its message alone: the stack would be this package's. */
  static AssertionError failure(String message) {
    AssertionError error = new AssertionError(message);
    error.setStackTrace(new StackTraceElement[0]);
    return error;
  }

  private String lastWords() {
    try {
      boolean ended = process.waitFor(2, TimeUnit.SECONDS);
      String said = Files.readString(errors.toPath()).trim();
      if (!said.isEmpty()) return said.substring(Math.max(0, said.length() - 2000));
      return ended ? "exit code " + process.exitValue() : "what it printed is no answer";
    } catch (IOException error) {
      return error.toString();
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
      return error.toString();
    }
  }

  /** The words of a command line, some of them in quotation marks. */
  private static List<String> words(String line) {
    List<String> words = new ArrayList<>();
    Matcher matcher = Pattern.compile("'([^']*)'|\"([^\"]*)\"|(\\S+)").matcher(line);
    while (matcher.find())
      for (int group = 1; group <= 3; group++) if (matcher.group(group) != null) words.add(matcher.group(group));
    return words;
  }
}
