# SPDX-License-Identifier: Apache-2.0
"""Bytes to a server and back, without any HTTP library that would mend them."""

from __future__ import annotations

import re
import socket
import struct
import time
from collections.abc import Iterable
from dataclasses import dataclass

# Between two pieces of an answer.
QUIET_SECONDS = 1.0

STATUS = re.compile(rb"^HTTP/1\.[01] (\d{3})[ \r]", re.MULTILINE)


@dataclass
class Outcome:
    """What came back until the server closed, or until the bound was reached."""

    received: bytes
    closed: bool
    seconds: float

    @property
    def statuses(self) -> list[int]:
        """The status lines, in their order. Bodies of our server hold none."""
        return [int(status) for status in STATUS.findall(self.received)]

    @property
    def body(self) -> bytes:
        return self.received.partition(b"\r\n\r\n")[2]


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def reset(connection: socket.socket) -> None:
    """Closes with a reset, as a machine that has crashed or lost its network."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def receive(connection: socket.socket, bound: float, enough: bytes | None = None) -> Outcome:
    """Reads until the server closes, the bound in seconds is reached, or `enough` has come.

    A server that has said something and then is quiet keeps the connection for another request.
    """
    start, received = time.monotonic(), b""
    while (left := bound - (time.monotonic() - start)) > 0:
        connection.settimeout(min(left, QUIET_SECONDS) if received else left)
        try:
            piece = connection.recv(65536)
        except TimeoutError:
            break
        except ConnectionError:
            return Outcome(received, True, time.monotonic() - start)
        if not piece:
            return Outcome(received, True, time.monotonic() - start)
        received += piece
        if enough is not None and enough in received:
            break
    return Outcome(received, False, time.monotonic() - start)


def exchange(port: int, sent: bytes | Iterable[bytes], bound: float, half_close: bool = False) -> Outcome:
    """Sends, and reads what comes back. A server that closes while we still send has answered too."""
    with connect(port) as connection:
        try:
            for piece in [sent] if isinstance(sent, bytes) else sent:
                connection.sendall(piece)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # closed, or never read
        return receive(connection, bound)
