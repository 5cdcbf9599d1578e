// Package waxseal tests whether a mail client starts TLS before it sends anything secret, with servers that attack it.
package waxseal

import (
	"runtime"
	"strings"
	"testing"
)

// Option changes what Run does.
type Option func(*settings)

type settings struct {
	scenarios []string
	policy    string
	all       bool
}

// Scenarios are globs over ids of scenarios, such as starttls-*; the default set without them, about 80 runs of the client.
func Scenarios(globs ...string) Option {
	return func(s *settings) { s.scenarios = globs }
}

// Opportunistic is for a client that is meant to use TLS only where it is available: going on without TLS passes.
func Opportunistic() Option {
	return func(s *settings) { s.policy = "opportunistic" }
}

// All runs every case, also the slow ones.
func All() Option {
	return func(s *settings) { s.all = true }
}

// Run runs a client once per step, each a subtest: an honest server first, then one attack each. The client connects to the server that
// it is given, sends or reads mail, closes its connection, and returns its error. Under attack an error is no failure: the verdict of waxseal
// decides.
func Run(t *testing.T, protocol Protocol, mode Mode, client func(Server) error, options ...Option) {
	t.Helper()
	set := settings{policy: "required"}
	for _, option := range options {
		option(&set)
	}
	c, err := opened()
	if err != nil {
		t.Fatal(err)
	}
	given := fields{"protocol": protocol, "tls": mode, "all": set.all}
	if len(set.scenarios) > 0 {
		given["scenario"] = set.scenarios
	}
	var list struct{ Steps []step }
	if err := c.call("list", given, &list); err != nil {
		t.Fatal(err)
	}
	session := &session{control: c, name: t.Name(), protocol: protocol, mode: mode, policy: set.policy, client: client}
	session.played = map[string]verdict{}
	for _, each := range list.Steps {
		each := each
		t.Run(each.Step, func(t *testing.T) {
			t.Helper()
			session.show(t, each)
		})
	}
}

type step struct {
	Step          string
	Role          string
	After         []string
	NotApplicable string
}

type verdict struct {
	Passed  bool
	Again   string
	Skipped string
	Message string
	Result  struct {
		Status  string
		Because string
	}
	// What the client returned.
	err error
}

// session is one client in one set-up.
type session struct {
	control  *control
	name     string
	protocol Protocol
	mode     Mode
	policy   string
	client   func(Server) error
	played   map[string]verdict
	// The control was a test of its own: -run may have left it out.
	showsControl bool
}

func (s *session) show(t *testing.T, own step) {
	t.Helper()
	if own.NotApplicable != "" {
		t.Skip(own.NotApplicable)
	}
	for _, name := range own.After {
		if _, ok := s.played[name]; ok {
			continue
		}
		if _, err := s.play(t, name); err != nil {
			t.Fatal(err)
		}
	}
	said, err := s.play(t, own.Step)
	control := s.played["control"]
	s.showsControl = s.showsControl || own.Role == "control"
	switch {
	case err != nil:
		t.Fatal(err)
	case own.Role == "control" && said.err != nil:
		t.Fatalf("the client fails with an honest server: %v\n%s", said.err, said.Message)
	case said.Result.Status == "not-applicable":
		t.Skip(said.Result.Because)
	case said.Skipped != "" && s.showsControl:
		t.Skip(said.Skipped)
	case said.Skipped != "":
		t.Fatalf("the client fails with an honest server: %v\n%s", control.err, control.Message)
	case !said.Passed:
		t.Fatal(said.Message)
	}
}

// play runs the client through one step, again where waxseal has learned something about it.
func (s *session) play(t *testing.T, name string) (verdict, error) {
	var said verdict
	for round := 0; round < mostRounds; round++ {
		var started struct {
			Server
			Visit int
		}
		err := s.control.call("start", fields{
			"protocol": s.protocol, "tls": s.mode, "policy": s.policy, "step": name, "client": s.name,
			"reproduce": []string{"go", "test", "-run", pattern(t.Name())},
		}, &started)
		if err != nil {
			return said, err
		}
		started.Server.Step = name
		failed := s.client(started.Server)
		s.collect(started.Visit)
		outcome := fields{"visit": started.Visit, "outcome": "success"}
		if failed != nil {
			outcome["outcome"], outcome["error"] = "failure", shortened(failed.Error())
		}
		said = verdict{err: failed}
		if err := s.control.call("verdict", outcome, &said); err != nil {
			return said, err
		}
		if said.Again == "" {
			break
		}
	}
	s.played[name] = said
	return said, nil
}

// collect closes connections that the client has forgotten: nothing can be judged while they are open.
func (s *session) collect(visit int) {
	var waited struct{ Reached bool }
	err := s.control.call("wait", fields{"visit": visit, "until": "disconnected", "timeout": 20}, &waited)
	if err == nil && !waited.Reached {
		runtime.GC()
	}
}

// pattern is what -run takes to run one test alone.
func pattern(name string) string {
	return "^" + strings.ReplaceAll(name, "/", "$/^") + "$"
}

func shortened(text string) string {
	if len(text) > 1000 {
		return text[:1000]
	}
	return text
}

const mostRounds = 3
