"""What is measured, and the proof that each does its job before it is."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import machine

ANSWER = b"k" * 1024
WRONG = "kw_" + "0" * 50


@dataclass
class Contender:
    """A proxy that runs."""

    name: str
    process: subprocess.Popen
    port: int
    log: Path
    # Whether it refuses calls without a good key.
    checks: bool = True
    tls: bool = False

    def verify(self, token: str) -> None:
        """Ends unless it answers with a key, and refuses without one where it checks. The upstream must run."""
        self._expect("with a key", token, 200)
        if self.checks:
            self._expect("without a key", None, 401)
            self._expect("with a wrong key", WRONG, 401)
            self._expect("with a key cut short", token[:-1], 401)
        else:
            self._expect("without a key", None, 200)

    def _expect(self, how: str, token: str | None, status: int) -> None:
        seen, body = machine.get(self.port, token, self.tls)
        if seen != status or (status == 200) != (body == ANSWER):
            sys.exit(f"{self.name}: a request {how} came to {seen} with {len(body)} bytes, not {status}; "
                     f"its log ends with:\n{self.log.read_text()[-2000:]}")

    def stop(self) -> None:
        machine.stop(self.process)
