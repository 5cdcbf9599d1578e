import json
import os
import shlex
import subprocess
import tempfile
from typing import Any, Dict, Optional


class WaxsealError(Exception):
    """waxseal is missing, ended, or refused a command; the message says what to do."""


class Waxseal:
    """A process that takes commands, one line of JSON each (docs/control.md); it ends when `close` is called, or with this one."""

    def __init__(self, configured: str = "", folder: Optional[str] = None) -> None:
        command = shlex.split(os.environ.get("WAXSEAL") or configured or "waxseal")
        self._errors = tempfile.TemporaryFile()
        try:
            # In a session of its own, Ctrl-C reaches the tests alone: they still ask for verdicts then.
            self._process = subprocess.Popen(
                [*command, "serve", "--control", "stdio"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                encoding="utf-8",
                start_new_session=True,
                cwd=folder,
            )
        except OSError as error:
            self._errors.close()
            raise WaxsealError(
                f"cannot start {command[0]!r} ({error.strerror}): put waxseal on the PATH, or name its command in the "
                "environment variable WAXSEAL or in the setting waxseal_command"
            ) from None
        try:
            self.call("hello", version=1)
        except WaxsealError:
            self.close()
            raise

    def call(self, command: str, **fields: Any) -> Dict[str, Any]:
        """Carries out one command; raises `WaxsealError`."""
        given = {name: value for name, value in fields.items() if value is not None}
        line = ""
        try:
            self._process.stdin.write(json.dumps({"command": command, **given}) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except (OSError, ValueError):
            pass
        said = _parsed(line)
        if said is None:
            raise WaxsealError(f"waxseal has ended: {self._last_words(line)}")
        if not said["ok"]:
            raise WaxsealError(said["error"]["message"])
        return said["answer"]

    def close(self) -> None:
        """Everything that was started is closed."""
        for pipe in (self._process.stdin, self._process.stdout):
            try:
                pipe.close()
            except OSError:
                pass
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._errors.close()

    def _last_words(self, line: str) -> str:
        try:
            code: Optional[int] = self._process.wait(2)
        except subprocess.TimeoutExpired:
            return f"it printed {line[:200]!r}, which is no answer"
        self._errors.seek(0)
        said = self._errors.read()[-2000:].decode("utf-8", "replace").strip()
        return said or line.strip()[:200] or f"exit code {code}"


def _parsed(line: str) -> Optional[Dict[str, Any]]:
    try:
        said = json.loads(line)
    except ValueError:
        return None
    return said if isinstance(said, dict) and "ok" in said else None
