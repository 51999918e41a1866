#!/usr/bin/env python3
"""A frontend of Grove in Python: the tree over HTTP, with long polls. README.md says how to run it."""

import http.server
import json
import os
import pathlib
import sys
import threading
import time
import urllib.parse

sys.path.insert(0, os.environ.get("GROVE_PYTHON") or str(pathlib.Path(__file__).parents[2] / "sdk" / "plugin" / "python"))
import grove_frontend as grove  # noqa: E402

LONGEST_WAIT = 60.0  # seconds
LARGEST_BODY = 1 << 20  # bytes
MOST_REQUESTS = 200  # at once, those that wait included


class News:
    """Which paths have changed: long polls wait for it."""

    def __init__(self):
        self.changed = threading.Condition()  # guards what follows
        self.count = 0
        self.over = False

    def tell(self, over=False):
        with self.changed:
            self.count += 1
            self.over = self.over or over
            self.changed.notify_all()

    def wait(self, count, timeout):
        """Waits until there is more than count, and returns how much there is."""
        with self.changed:
            self.changed.wait_for(lambda: self.count > count or self.over, timeout)
            return self.count


class Web(grove.Frontend):
    name = "web"

    def __init__(self):
        self.address = ("127.0.0.1", 8080)
        self.news = News()
        self.lock = threading.Lock()  # guards session
        self.session = None
        self.places = threading.BoundedSemaphore(MOST_REQUESTS)

    def configure(self, settings):
        for key in settings:
            if key != "listen":
                raise ValueError(f"{key}: unknown; there is only listen")
        host, _, port = settings.get("listen", "127.0.0.1:8080").rpartition(":")
        if not port.isdigit():
            raise ValueError("listen: must be host:port")
        self.address = (host, int(port))

    def serve(self, host, stop):
        self.host = host
        server = Server(self.address, self)
        threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
        following = threading.Thread(target=self.follow, args=(stop,), daemon=True)
        following.start()
        self.where = "http://%s:%d" % server.server_address[:2]
        stop.wait()
        self.news.tell(over=True)
        server.shutdown()
        server.server_close()
        with self.lock:
            if self.session:
                self.session.end()

    def follow(self, stop):
        """Follows all changes, and goes on where it was when a feed ends."""
        after = self.host.status().zxid
        while not stop.is_set():
            try:
                for transaction in self.host.follow(after):
                    after = transaction.zxid
                    self.news.tell()
            except grove.Compacted as e:
                after = e.floor
                self.news.tell()  # whoever waits looks again: nothing is missed
            except grove.Failed:
                stop.wait(0.2)

    def tree(self):
        """The one session of this frontend; another one when it has ended."""
        with self.lock:
            if not self.session or self.session.over:
                self.session = self.host.open()
            return self.session


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address, frontend):
        self.frontend = frontend
        super().__init__(address, Request)


class Request(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = LONGEST_WAIT + 10

    def log_message(self, *_):
        pass

    def handle_one_request(self):
        with self.server.frontend.places:
            super().handle_one_request()

    def answer(self, code, body=b"", **headers):
        self.send_response(code)
        for name, value in headers.items():
            self.send_header("Grove-" + name.capitalize(), str(value))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do(self, work):
        """Does work with the path and the query; what goes wrong is a status and why."""
        url = urllib.parse.urlsplit(self.path)
        path = urllib.parse.unquote(url.path).rstrip("/") or "/"
        codes = {grove.NO_NODE: 404, grove.NO_AUTH: 403, grove.BAD_VERSION: 412, grove.NODE_EXISTS: 409, grove.NOT_EMPTY: 409}
        try:
            work(path, dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True)))
        except ValueError as e:
            self.answer(400, str(e).encode())
        except grove.Closed as e:
            self.answer(503, str(e).encode())
        except grove.Failed as e:
            self.answer(codes.get(e.code, 500), str(e).encode())

    def do_GET(self):
        self.do(self.get)

    do_HEAD = do_GET

    def do_PUT(self):
        self.do(self.put)

    def do_DELETE(self):
        self.do(lambda path, query: (self.server.frontend.tree().delete(path, int(query.get("version", -1))), self.answer(204)))

    def get(self, path, query):
        if "children" in query:
            names = self.server.frontend.tree().children(path)
            return self.answer(200, json.dumps(names).encode())
        if "after" in query:
            return self.poll(path, int(query["after"]), min(float(query.get("wait", 30)), LONGEST_WAIT))
        self.tell(self.server.frontend.tree().get(path))

    def tell(self, result):
        self.answer(200, result.data, version=result.stat.version, zxid=result.stat.mzxid)

    def poll(self, path, after, longest):
        """Answers when the node has been written after that zxid, or is gone; 304 when time is up."""
        news, frontend = self.server.frontend.news, self.server.frontend
        deadline = time.monotonic() + longest
        while True:
            count = news.count  # before the look, so that what comes after it is waited for
            result = frontend.tree().get(path)
            if result.stat.mzxid > after:
                return self.tell(result)
            left = deadline - time.monotonic()
            if news.over or left <= 0:
                return self.answer(304, zxid=result.stat.mzxid)
            news.wait(count, left)

    def put(self, path, query):
        """Writes a node, and makes it when it is not there; with version only what is there in that version."""
        length = int(self.headers.get("Content-Length", 0))
        if not 0 <= length <= LARGEST_BODY:
            raise ValueError(f"a body has at most {LARGEST_BODY} bytes")
        data, tree = self.rfile.read(length), self.server.frontend.tree()
        try:
            stat = tree.set(path, data, int(query.get("version", -1)))
            self.answer(204, version=stat.version, zxid=stat.mzxid)
        except grove.Failed as e:
            if e.code != grove.NO_NODE or "version" in query:
                raise
            tree.create(path, data)
            self.answer(201, version=0)


if __name__ == "__main__":
    grove.serve(Web())
