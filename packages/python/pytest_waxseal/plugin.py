"""Plays a test once per step: the control, comparisons, and one attack each. The verdict decides, not the exception of the test."""

import gc
import hashlib
import sys
from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Tuple

import pytest
from _pytest.runner import runtestprotocol

from .control import Waxseal, WaxsealError
from .server import Server

PROTOCOLS = ("smtp", "imap", "pop3", "managesieve", "lmtp")
MODES = ("starttls", "implicit")
POLICIES = ("required", "opportunistic")
#: Rounds of one step, where waxseal has learned something about the client.
MOST_ROUNDS = 3


@dataclass(frozen=True)
class Step:
    """One run of the client, as waxseal lists it."""

    protocol: str
    tls: str
    policy: str
    name: str
    role: str
    #: Names of steps that must have been played before.
    after: Tuple[str, ...]

    @property
    def id(self) -> str:
        return f"{self.protocol}-{self.tls}-{self.name}"


@dataclass
class Play:
    """A test that is under way; fixtures and reports of the same test find it in its stash."""

    step: Step
    client: str
    #: The step that is played now: its own, or one that must come before.
    playing: str
    visit: Optional[int] = None
    #: What the test or its fixtures raised first, in words.
    error: Optional[str] = None
    has_skipped: bool = False
    verdict: Optional[Dict[str, Any]] = None
    round: int = 1

    def goes_on(self) -> bool:
        """Whether the same test is run once more."""
        return self.verdict is not None and (self.playing != self.step.name or self.is_asked_again())

    def is_asked_again(self) -> bool:
        return self.verdict is not None and "again" in self.verdict and self.round < MOST_ROUNDS

    def is_own_control(self) -> bool:
        """With an honest server, what the test raises is its own failure."""
        return self.playing == self.step.name == "control"


@dataclass
class Session:
    """What tests of one process share."""

    config: pytest.Config
    waxseal: Optional[Waxseal] = None
    lists: Dict[Any, List[Dict[str, Any]]] = field(default_factory=dict)
    #: Verdicts on steps of each client and set-up.
    played: Dict[Any, Dict[str, Dict[str, Any]]] = field(default_factory=dict)
    #: Clients and set-ups whose control is a test of its own in this run.
    controls: set = field(default_factory=set)

    def call(self, command: str, **fields: Any) -> Dict[str, Any]:
        if self.waxseal is None:
            self.waxseal = Waxseal(self.config.getini("waxseal_command"), str(self.config.rootpath))
        return self.waxseal.call(command, **fields)

    def list(self, protocol: str, tls: str, scenario: Tuple[str, ...], everything: bool) -> List[Dict[str, Any]]:
        key = (protocol, tls, scenario, everything)
        if key not in self.lists:
            fields = {"scenario": list(scenario)} if scenario else {}
            self.lists[key] = self.call("list", protocol=protocol, tls=tls, all=everything, **fields)["steps"]
        return self.lists[key]


SESSION = pytest.StashKey[Session]()
PLAY = pytest.StashKey[Play]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("waxseal_command", "the command that starts waxseal; the environment variable WAXSEAL goes before it", default="")
    parser.addini("waxseal_tls", "starttls (default), implicit, or both: how the client is configured", type="args", default=["starttls"])
    parser.addini("waxseal_scenario", "globs over ids of scenarios; the default set if empty", type="args", default=[])
    parser.addini("waxseal_policy", "required (default) or opportunistic: whether the client insists on TLS", default="required")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[SESSION] = Session(config)
    config.addinivalue_line(
        "markers",
        "waxseal(tls='starttls', scenario=['starttls-*'], policy='required', all=False): what waxseal's servers do to the client",
    )


def pytest_unconfigure(config: pytest.Config) -> None:
    waxseal = config.stash[SESSION].waxseal
    if waxseal is not None:
        waxseal.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    protocols = [each for each in PROTOCOLS if f"waxseal_{each}" in metafunc.fixturenames]
    if not protocols:
        return
    if len(protocols) > 1:
        raise _misuse(metafunc, "a test takes one server: " + " and ".join(f"waxseal_{each}" for each in protocols))
    [protocol] = protocols
    config = metafunc.config
    settings = _settings(metafunc)
    policy = settings.get("policy", config.getini("waxseal_policy"))
    modes = _words(settings.get("tls", config.getini("waxseal_tls")))
    scenario = _words(settings.get("scenario", config.getini("waxseal_scenario")))
    for value, known in [(policy, POLICIES), *((mode, MODES) for mode in modes)]:
        if value not in known:
            raise _misuse(metafunc, f"{value!r} must be {' or '.join(known)}")
    parameters = []
    for tls in modes:
        try:
            steps = config.stash[SESSION].list(protocol, tls, scenario, bool(settings.get("all", False)))
        except WaxsealError as error:
            raise _misuse(metafunc, str(error)) from None
        for each in steps:
            step = Step(protocol, tls, policy, each["step"], each["role"], tuple(each["after"]))
            why = each.get("notApplicable")
            marks = () if why is None else (pytest.mark.skip(reason=why),)
            parameters.append(pytest.param(step, id=step.id, marks=marks))
    metafunc.parametrize(f"waxseal_{protocol}", parameters, indirect=True)


def _settings(metafunc: pytest.Metafunc) -> Dict[str, Any]:
    settings: Dict[str, Any] = {}
    for mark in metafunc.definition.iter_markers("waxseal"):
        if mark.args or set(mark.kwargs) - {"tls", "scenario", "policy", "all"}:
            raise _misuse(metafunc, "the marker waxseal takes tls=, scenario=, policy= and all=")
        settings = {**mark.kwargs, **settings}
    return settings


def _words(value: Any) -> Tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _misuse(metafunc: pytest.Metafunc, message: str) -> Exception:
    return pytest.Collector.CollectError(f"{metafunc.definition.nodeid}: {message}")


def pytest_collection_finish(session: pytest.Session) -> None:
    known = session.config.stash[SESSION]
    for item in session.items:
        step = _step_of(item)
        if step is not None and step.role == "control":
            known.controls.add(_client_of(item, step))


def _step_of(item: pytest.Item) -> Optional[Step]:
    callspec = getattr(item, "callspec", None)
    values = [] if callspec is None else callspec.params.values()
    return next((each for each in values if isinstance(each, Step)), None)


def _client_of(item: pytest.Item, step: Step) -> Tuple[str, str, str, str]:
    """The test without its step, in one set-up: other parameters are other clients."""
    name = item.nodeid.replace(step.id, "*", 1)
    digest = hashlib.sha256(name.encode()).hexdigest()[:12]
    return (f"{name[-200:]} {digest}", step.protocol, step.tls, step.policy)


class _Next:
    """
    What pytest tears down to after a run: the test's own module while the same test goes on. Whether it does is known when the test's
    own fixtures are gone, event loops included: only then have all its connections ended, and waxseal judges. So the chain is made when it
    is looked at, which pytest does once more after each node that it has torn down.
    """

    def __init__(self, item: pytest.Item, nextitem: Optional[pytest.Item], play: Play) -> None:
        self._item = item
        self._nextitem = nextitem
        self._play = play

    def listchain(self) -> "_Next":
        return self

    def __getitem__(self, part: Any) -> Any:
        if self._item in self._item.session._setupstate.stack:
            return []
        _ask(self._item.config.stash[SESSION], self._play)
        if self._play.goes_on():
            return self._item.parent.listchain()[part]
        return ([] if self._nextitem is None else self._nextitem.listchain())[part]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._nextitem, name)


def _ask(session: Session, play: Play) -> None:
    """Asks for the verdict, once."""
    visit, play.visit = play.visit, None
    if visit is None:
        return
    try:
        if play.has_skipped:
            session.call("stop", visit=visit)
            return
        if not session.call("wait", visit=visit, until="disconnected", timeout=20)["reached"]:
            # What the test has forgotten may be held by its exception, or by a cycle.
            sys.last_value = sys.last_traceback = None
            gc.collect()
        said = {"outcome": "success"} if play.error is None else {"outcome": "failure", "error": play.error}
        play.verdict = session.call("verdict", visit=visit, **said)
    except WaxsealError as error:
        play.verdict = {"passed": False, "message": str(error)}


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: Optional[pytest.Item]) -> Optional[bool]:
    step = _step_of(item)
    if step is None or any(item.iter_markers("skip")):
        return None
    client = _client_of(item, step)
    played = item.config.stash[SESSION].played.setdefault(client, {})
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports: List[pytest.TestReport] = []
    for name in (*step.after, step.name):
        if name in played and name != step.name:
            continue
        if name == "control":
            # Whatever waxseal has learned is of another run of the client now.
            played.clear()
        for number in range(1, MOST_ROUNDS + 1):
            play = item.stash[PLAY] = Play(step, client[0], name, round=number)
            del item._report_sections[:]
            reports = runtestprotocol(item, log=False, nextitem=_Next(item, nextitem, play))
            if play.goes_on():
                item._initrequest()
            if not play.is_asked_again():
                break
        if play.verdict is None:
            break
        played[name] = play.verdict
    if play.verdict is not None:
        reports = _judged(item, play, reports)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> None:
    play = item.stash.get(PLAY, None)
    if play is None or call.excinfo is None or (play.visit is None and play.verdict is None):
        return
    error = call.excinfo.value
    if isinstance(error, (pytest.skip.Exception, pytest.xfail.Exception)):
        play.has_skipped = True
        return
    if play.visit is not None and play.error is None:
        play.error = f"{type(error).__name__}: {error}"[:1000]
    # A careful client raises where it is attacked; what could not be set up must not be run, though.
    if call.when != "setup" and not play.is_own_control():
        call.excinfo = None


def _judged(item: pytest.Item, play: Play, reports: List[pytest.TestReport]) -> List[pytest.TestReport]:
    """The verdict in the place of what the test, or a fixture that depends on the server, raised."""
    verdict = play.verdict
    setup, *others = reports
    item.stash[PLAY] = None
    if play.is_own_control() and play.error is not None:
        failed = next(each for each in reports if each.failed)
        failed.sections.append(("waxseal", verdict.get("message", "")))
        return reports
    if setup.failed:
        setup.outcome = "passed"
        setup.longrepr = None
    made = next((each for each in others if each.when == "call"), None)
    call = pytest.CallInfo.from_call(lambda: _conclude(item, play), when="call")
    # Plugins that look at reports expect a test that is still under way.
    item.funcargs = {}
    report = item.ihook.pytest_runtest_makereport(item=item, call=call)
    item.funcargs = None
    report.sections = [(title, text) for title, text in report.sections if not title.endswith(" teardown")]
    report.duration = setup.duration if made is None else made.duration
    return [setup, report, *(each for each in others if each.when != "call")]


def _conclude(item: pytest.Item, play: Play) -> None:
    """Returns where the test passes; raises what pytest shows otherwise."""
    session = item.config.stash[SESSION]
    verdict = play.verdict
    if verdict.get("result", {}).get("status") == "not-applicable":
        raise pytest.skip.Exception(verdict["result"]["because"], _use_item_location=True)
    if "skipped" in verdict:
        client = _client_of(item, play.step)
        if client in session.controls:
            raise pytest.skip.Exception(verdict["skipped"], _use_item_location=True)
        control = session.played[client].get("control", {})
        raise pytest.fail.Exception(control.get("message", verdict["skipped"]), pytrace=False)
    if not verdict["passed"]:
        raise pytest.fail.Exception(verdict["message"], pytrace=False)


def _server(request: pytest.FixtureRequest) -> Server:
    play = request.node.stash.get(PLAY, None)
    if play is None:
        pytest.fail(f"{request.fixturename} must be an argument of the test, or of a fixture that it names", pytrace=False)
    session = request.config.stash[SESSION]
    step = play.step
    try:
        started = session.call(
            "start",
            protocol=step.protocol,
            tls=step.tls,
            policy=step.policy,
            step=play.playing,
            client=play.client,
            reproduce=["pytest", request.node.nodeid],
        )
    except WaxsealError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
    play.visit = started["visit"]
    names = ("host", "port", "ip", "url", "protocol", "tls", "user", "password", "token", "message", "ca")
    return Server(
        **{name: started[name] for name in names},
        from_addr=started["from"],
        to_addr=started["to"],
        policy=step.policy,
        step=play.playing,
    )


@pytest.fixture
def waxseal_smtp(request: pytest.FixtureRequest) -> Server:
    """An SMTP submission server, `pytest_waxseal.Server`."""
    return _server(request)


@pytest.fixture
def waxseal_imap(request: pytest.FixtureRequest) -> Server:
    """An IMAP server with one mail in INBOX, `pytest_waxseal.Server`."""
    return _server(request)


@pytest.fixture
def waxseal_pop3(request: pytest.FixtureRequest) -> Server:
    """A POP3 server with one mail, `pytest_waxseal.Server`."""
    return _server(request)


@pytest.fixture
def waxseal_managesieve(request: pytest.FixtureRequest) -> Server:
    """A ManageSieve server, `pytest_waxseal.Server`."""
    return _server(request)


@pytest.fixture
def waxseal_lmtp(request: pytest.FixtureRequest) -> Server:
    """An LMTP server, `pytest_waxseal.Server`."""
    return _server(request)
