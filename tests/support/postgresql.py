"""A PostgreSQL server of the tests' own, on a port of its own."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from itertools import count
from pathlib import Path
from typing import Self

import psycopg

from tests.support.waiting import wait_until

_PROGRAMS = "/usr/lib/postgresql/*/bin"  # where Debian puts them
_ACCOUNT = "postgres"  # the server refuses to run as root


class PostgreSql:
    """The server, empty at first."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp())
        self._numbers = count(1)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]

    def __enter__(self) -> Self:
        data = self._folder / "data"
        if os.geteuid() == 0:
            shutil.chown(self._folder, _ACCOUNT)
        make = ["initdb", "--auth=trust", "--username=faq", "--no-sync", "--encoding=UTF8"]
        subprocess.run(self._as_account([*make, str(data)]), check=True, capture_output=True)
        options = f"-p {self._port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= "
        options += "-c fsync=off"
        command = ["postgres", "-D", str(data), *options.split()]
        self._process = subprocess.Popen(
            self._as_account(command), stderr=(self._folder / "log").open("w"), cwd=self._folder
        )
        try:
            wait_until(self._answers)
        except AssertionError as error:
            raise AssertionError((self._folder / "log").read_text()) from error
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGINT)  # or it would wait for whoever is connected
        self._process.wait(timeout=30)
        shutil.rmtree(self._folder)

    def _as_account(self, command: list[str]) -> list[str]:
        program = shutil.which(command[0], path=os.pathsep.join(map(str, programs())))
        command = [str(program), *command[1:]]
        if os.geteuid() != 0:
            return command
        return ["setpriv", f"--reuid={_ACCOUNT}", f"--regid={_ACCOUNT}", "--clear-groups", *command]

    def new_database(self, template: str = "template1") -> str:
        """Return the address of a new database, which is a copy of another one."""
        name = f"test_{next(self._numbers)}"
        self._run(f'create database {name} template "{template.rpartition("/")[2]}"')
        return f"postgresql://faq@127.0.0.1:{self._port}/{name}"

    def _answers(self) -> bool:
        try:
            self._run("select 1")
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, statement: str) -> None:
        address = f"postgresql://faq@127.0.0.1:{self._port}/postgres"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement)


def programs() -> list[Path]:
    """Return the folders with a server's programs, the newest first."""
    return sorted(Path("/").glob(_PROGRAMS[1:]), reverse=True)
