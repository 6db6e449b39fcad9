"""The page as asked for: written, and served."""

import contextlib

from ia_pix2seq_tf.web import server
from ia_pix2seq_tf.web.site import Options, write_site


def make_page(options: Options, port: int | None) -> None:
    """Writes the page and, unless `port` is None, serves it there until Ctrl-C; 0 is any free port.

    Raises:
        OSError, ValueError: what cannot work, such as a port in use; in this case before any work.
    """
    with contextlib.nullcontext() if port is None else server.listening(port) as socket:
        site = write_site(options)
        if socket is not None:
            server.serve(socket, site)
