package waxseal.junit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.opentest4j.TestAbortedException;

/** One client in one set-up, and the verdicts on its steps so far. */
final class Session {
  /** The test, which is run with the server of each step. */
  interface Client {
    void run(Server server) throws Throwable;
  }

  /** A step as waxseal lists it. */
  static final class Step {
    final String name;
    final String role;
    final List<String> after = new ArrayList<>();
    final String notApplicable;

    Step(Map<?, ?> listed) {
      name = (String) listed.get("step");
      role = (String) listed.get("role");
      for (Object each : (List<?>) listed.get("after")) after.add((String) each);
      notApplicable = (String) listed.get("notApplicable");
    }
  }

  private static final class Played {
    final Map<String, Object> verdict;
    final Throwable thrown;

    Played(Map<String, Object> verdict, Throwable thrown) {
      this.verdict = verdict;
      this.thrown = thrown;
    }

    String text(String field) {
      return (String) verdict.get(field);
    }
  }

  private static final int MOST_ROUNDS = 3;

  private final Control control;
  private final WaxsealTest settings;
  private final String name;
  private final List<String> reproduce;
  private final Map<String, Played> played = new HashMap<>();
  /** The control was a test of its own: a user may have run one invocation alone. */
  private boolean showsControl;

  Session(Control control, WaxsealTest settings, String name, List<String> reproduce) {
    this.control = control;
    this.settings = settings;
    this.name = name;
    this.reproduce = reproduce;
  }

  List<Step> steps() {
    Map<String, Object> fields = setUp();
    fields.put("all", settings.all());
    if (settings.scenario().length > 0) fields.put("scenario", List.of(settings.scenario()));
    List<Step> steps = new ArrayList<>();
    for (Object each : (List<?>) control.call("list", fields).get("steps")) steps.add(new Step((Map<?, ?>) each));
    return steps;
  }

  /** Returns where the test passes; throws what JUnit shows otherwise. */
  synchronized void show(Step own, Client client) throws Throwable {
    if (own.notApplicable != null) throw new TestAbortedException(own.notApplicable);
    for (String each : own.after) if (!played.containsKey(each)) play(each, client);
    Played said = play(own.name, client);
    boolean isControl = own.role.equals("control");
    showsControl |= isControl;
    Map<?, ?> result = said.verdict.get("result") instanceof Map ? (Map<?, ?>) said.verdict.get("result") : Map.of();
    if (isControl && said.thrown != null) throw failedControl(said);
    if ("not-applicable".equals(result.get("status"))) throw new TestAbortedException((String) result.get("because"));
    if (said.text("skipped") != null) {
      if (showsControl) throw new TestAbortedException(said.text("skipped"));
      throw failedControl(played.get("control"));
    }
    if (!Boolean.TRUE.equals(said.verdict.get("passed"))) throw Control.failure(said.text("message"));
  }

  /** With an honest server, what the client throws is the test's own failure. */
  private static Throwable failedControl(Played said) {
    AssertionError message = Control.failure(said.text("message"));
    if (said.thrown == null) return message;
    said.thrown.addSuppressed(message);
    return said.thrown;
  }

  /** Runs the client through one step, again where waxseal has learned something about it. */
  private Played play(String step, Client client) throws Throwable {
    for (int round = 1; ; round++) {
      Map<String, Object> fields = setUp();
      fields.put("policy", settings.policy().name().toLowerCase(Locale.ROOT));
      fields.put("step", step);
      fields.put("client", name);
      fields.put("reproduce", reproduce);
      Map<String, Object> started = control.call("start", fields);
      Object visit = started.get("visit");
      Throwable thrown = null;
      try {
        client.run(new Server(started, step));
      } catch (TestAbortedException | VirtualMachineError error) {
        control.call("stop", Map.of("visit", visit));
        throw error;
      } catch (Throwable error) {
        thrown = error;
      }
      Map<String, Object> waited = control.call("wait", Map.of("visit", visit, "until", "disconnected", "timeout", 20));
      // Connections that the client has forgotten are closed: nothing can be judged while they are open.
      if (!Boolean.TRUE.equals(waited.get("reached"))) System.gc();
      Map<String, Object> outcome = new LinkedHashMap<>(Map.of("visit", visit, "outcome", "success"));
      if (thrown != null) {
        String text = thrown.toString();
        outcome.put("outcome", "failure");
        outcome.put("error", text.substring(0, Math.min(1000, text.length())));
      }
      Played said = new Played(control.call("verdict", outcome), thrown);
      if (said.text("again") != null && round < MOST_ROUNDS) continue;
      played.put(step, said);
      return said;
    }
  }

  private Map<String, Object> setUp() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("protocol", settings.protocol().name().toLowerCase(Locale.ROOT));
    fields.put("tls", settings.tls().name().toLowerCase(Locale.ROOT));
    return fields;
  }
}
