"""What a kernel's forked processes print comes to it by a unix socket beside its others, not by a port of the node."""

import os
from typing import Any

import zmq
from ipykernel.iostream import IOPubThread
from zmq.eventloop.zmqstream import ZMQStream

UNIX = "ipc://"


class PrivateOutput(IOPubThread):
    """ipykernel's, where the kernel's sockets are files; where they are ports, one more makes no difference."""

    _pipe_address = ""

    def _setup_pipe_in(self) -> None:
        address = self.socket.getsockopt_string(zmq.LAST_ENDPOINT)
        if not address.startswith(UNIX):
            super()._setup_pipe_in()
            return
        self._pipe_address = f"{address}-forks"  # goes with the folder; a kernel that is started anew takes its place
        self._pipe_uuid = os.urandom(16)
        pipe: Any = self.socket.context.socket(zmq.PULL)
        pipe.linger = 0
        pipe.bind(self._pipe_address)
        self._pipe_in = ZMQStream(pipe, self.io_loop)
        self._pipe_in.on_recv(self._handle_pipe_msg)

    def _setup_pipe_out(self) -> tuple[Any, Any]:
        if not self._pipe_address:
            return super()._setup_pipe_out()
        context: Any = zmq.Context()  # a new one, since this process is a fork
        pipe = context.socket(zmq.PUSH)
        pipe.linger = 3000  # ms
        pipe.connect(self._pipe_address)
        return context, pipe
