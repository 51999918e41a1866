"""The plugin's end of the border between Grove and a frontend, in Python.

A frontend is a class with a name, and a method serve that runs until it should stop:

    class Hello(grove_frontend.Frontend):
        name = "hello"

        def serve(self, host, stop):
            session = host.open()
            print(session.get("/greeting").data)
            stop.wait()

    grove_frontend.serve(Hello())

Grove starts the program, and restarts it when it dies. Needs grpcio, protobuf and cryptography (Debian: python3-grpcio
python3-protobuf python3-cryptography), and frontend.binpb beside this file, which describes the messages of
frontend.proto. That file says what every field means.
"""

import base64
import collections
import concurrent.futures
import datetime
import json
import logging
import os
import pathlib
import queue
import signal
import sys
import threading
import time

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

COOKIE = ("GROVE_PLUGIN", "frontend-7f1c9a52")
VERSION = 1  # of the package grove.frontend.v1

PACKET = 1 << 20  # bytes, when a packet is full; a longer frame goes on in the next
WINDOW = 256 << 10  # bytes of a session's messages that may be on their way
FEED_WINDOW = 1 << 20
DRAIN_TIME = 10.0  # seconds that a frontend has to close what it opened
ATTACH_TIME = 30.0


def _load():
    """Makes classes of the messages, with any version of the protobuf library."""
    files = descriptor_pb2.FileDescriptorSet.FromString(pathlib.Path(__file__).with_name("frontend.binpb").read_bytes())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    make = getattr(message_factory, "GetMessageClass", None) or message_factory.MessageFactory(pool).GetPrototype
    return {m.name: make(pool.FindMessageTypeByName(f"{f.package}.{m.name}")) for f in files.file for m in f.message_type}


pb = collections.namedtuple("Messages", (_messages := _load()))(**_messages)

# Operations and modes have ZooKeeper's numbers.
CREATE, DELETE, EXISTS, GET, SET, CHILDREN, SYNC, PING, MULTI, CLOSE = 1, 2, 3, 4, 5, 12, 9, 11, 14, -11
PERSISTENT, EPHEMERAL, SEQUENTIAL, EPHEMERAL_SEQUENTIAL = 0, 1, 2, 3
OK, NO_NODE, NO_AUTH, BAD_VERSION, NODE_EXISTS, NOT_EMPTY, UNIMPLEMENTED = 0, -101, -102, -103, -110, -111, -6
CREATED, CHANGED, DELETED, ACL_CHANGED = 1, 2, 3, 4  # kinds of change


class Failed(Exception):
    """An operation or request failed: code is ZooKeeper's number, 0 for none."""

    def __init__(self, text, code=0):
        super().__init__(text or f"error {code}")
        self.code = code


class Closed(Failed):
    """The session, the feed or the core is gone: open another one, if this should go on."""


class Compacted(Failed):
    """The changes after the place that was asked for are no longer kept; the feed begins after floor."""

    def __init__(self, text, floor):
        super().__init__(text)
        self.floor = floor


def _fault(fault):
    if fault.HasField("compacted_floor"):
        return Compacted(fault.text, fault.compacted_floor)
    if 3 in fault.kinds or 4 in fault.kinds:  # NOT_SERVING, SESSION_CLOSED
        return Closed(fault.text, fault.code)
    return Failed(fault.text, fault.code)


class Frontend:
    """What a plugin is. Override name and serve, and configure if it takes settings."""

    name = "frontend"
    where = ""  # the address that people are shown; set it when the frontend serves

    def configure(self, settings):
        """Takes the settings, once, before serve. ValueError refuses them; its text names the key."""
        for key in settings:
            raise ValueError(f"{key}: this frontend takes no settings")

    def serve(self, host, stop):
        """Runs until stop, a threading.Event, is set; then closes everything it opened and returns."""
        raise NotImplementedError


class _Call:
    """One session, feed, snapshot or request: what has come for it, and its end."""

    def __init__(self, host, id):
        self.host, self.id = host, id
        self.inbox = queue.SimpleQueue()  # (frame, cost), then an exception
        self.window = threading.Condition()
        self.free = 0

    def take(self, timeout=None):
        got = self.inbox.get(timeout=timeout)
        if isinstance(got, Exception):
            self.inbox.put(got)  # for whoever asks next
            raise got
        return got

    def give(self, bytes):
        with self.window:
            self.free += bytes
            self.window.notify_all()

    def used(self, cost):
        """Gives the core its window back."""
        self.host._send(self.id, credit=pb.Credit(bytes=cost))

    def close(self):
        self.host._forget(self)


class Session:
    """A session of one client. Operations take effect, and are answered, in the order in which they are submitted."""

    def __init__(self, host, call, opened, on_event):
        self._host, self._call, self._on_event = host, call, on_event
        self._call.free = opened.window
        self.id, self.password, self.timeout = opened.session_id, opened.password, opened.timeout_nanos / 1e9
        self._order = threading.Lock()  # held by the one who submits, who may wait for room
        self._lock = threading.Lock()  # guards what follows
        self._cookie, self._waiting, self._over = 0, {}, None
        self._pinger = threading.Event()
        threading.Thread(target=self._receive, daemon=True).start()
        threading.Thread(target=self._ping, daemon=True).start()

    def submit(self, op):
        """Hands over an operation; the result of the future is its reply, which may say that it failed."""
        future = concurrent.futures.Future()
        with self._order:
            with self._lock:
                if self._over:
                    raise self._over
                self._cookie += 1
                self._waiting[self._cookie] = future
            frame = pb.Frame(id=self._call.id, submit=pb.Submit(cookie=self._cookie, op=op)).SerializeToString()
            with self._call.window:
                self._call.window.wait_for(lambda: self._call.free > 0)
                self._call.free -= len(frame)
            self._host._queue.put(frame)
        return future

    @property
    def over(self):
        """Why the session has ended, or None."""
        with self._lock:
            return self._over

    def call(self, op):
        """Submits an operation and waits for its result; Failed says why there is none."""
        reply = self.submit(op).result()
        if reply.code != OK:
            raise Failed(f"{op.path.decode(errors='replace')}: code {reply.code}", reply.code)
        return reply.result

    def get(self, path, watch=False):
        return self.call(pb.Op(kind=GET, path=path.encode(), watch=watch))

    def exists(self, path, watch=False):
        return self.call(pb.Op(kind=EXISTS, path=path.encode(), watch=watch)).stat

    def children(self, path, watch=False):
        return [name.decode() for name in self.call(pb.Op(kind=CHILDREN, path=path.encode(), watch=watch)).children]

    def set(self, path, data, version=-1):
        return self.call(pb.Op(kind=SET, path=path.encode(), data=data, version=version)).stat

    def create(self, path, data=b"", mode=PERSISTENT):
        """Makes a node that everyone may do everything with, and returns its name."""
        acl = pb.ACL(perms=31, identity=pb.Identity(scheme=b"world", id=b"anyone"))
        return self.call(pb.Op(kind=CREATE, path=path.encode(), data=data, mode=mode, acl=[acl])).path.decode()

    def delete(self, path, version=-1):
        self.call(pb.Op(kind=DELETE, path=path.encode(), version=version))

    def end(self):
        """Ends the session, with its ephemeral nodes."""
        try:
            self.submit(pb.Op(kind=CLOSE)).result(timeout=2)
        except (Failed, concurrent.futures.TimeoutError):
            pass
        self.close()

    def close(self):
        """Lets go of the session, which lives on until its time-out."""
        self._call.close()
        self._finish(Closed("session is closed"))

    def _receive(self):
        try:
            while True:
                frame, cost = self._call.take()
                for message in frame.messages.messages:
                    self._deliver(message)
                self._call.used(cost)
        except Failed as e:
            self._finish(e)

    def _deliver(self, message):
        if message.HasField("event"):
            if self._on_event:
                self._on_event(message.event)
            return
        with self._lock:
            future = self._waiting.pop(message.cookie, None)
        if future:
            future.set_result(message)

    def _finish(self, why):
        self._pinger.set()
        self._call.give(1 << 62)  # whoever waits for room may go on, and will see the end
        with self._lock:
            self._over = self._over or why
            waiting, self._waiting = self._waiting, {}
        for future in waiting.values():
            future.set_exception(why)

    def _ping(self):
        while not self._pinger.wait(self.timeout / 3):
            try:
                self.submit(pb.Op(kind=PING))
            except Failed:
                return


class Stream:
    """A feed, which gives transactions, or a snapshot, which gives changes: iterate over it."""

    def __init__(self, call, kind, zxid=0):
        self._call, self._kind, self.zxid = call, kind, zxid

    def __iter__(self):
        while True:
            try:
                frame, cost = self._call.take()
            except StopIteration:
                return
            yield from getattr(getattr(frame, self._kind), self._kind)
            self._call.used(cost)

    def close(self):
        self._call.close()
        self._call.inbox.put(Closed(f"{self._kind} are closed"))


class Host:
    """What the core offers. All of it may be used by many threads."""

    def __init__(self):
        self._queue = queue.SimpleQueue()  # encoded frames for the core; None ends them
        self._lock = threading.Lock()  # guards what follows
        self._calls, self._last, self._gone = {}, 0, None

    def open(self, timeout=10.0, identities=(), on_event=None, session_id=0, password=b"", last_zxid=0):
        """Makes a session, or takes one up again. on_event is called with each event of a watch, by one thread."""
        who = [pb.Identity(scheme=scheme.encode(), id=id.encode()) for scheme, id in identities]
        call, frame = self._ask(open=pb.Open(
            timeout_nanos=int(timeout * 1e9), identities=who, session_id=session_id, password=password,
            last_zxid=last_zxid, window=WINDOW))
        return Session(self, call, frame.opened, on_event)

    def follow(self, after=0, paths=(), kinds=()):
        """Gives the committed transactions after a zxid, of those that change one of the paths (patterns) if there are
        any. One without changes is a progress mark."""
        call, _ = self._ask(follow=pb.Follow(
            **{"from": after}, window=FEED_WINDOW, paths=[p.encode() for p in paths], kinds=kinds))
        return Stream(call, "transactions")

    def snapshot(self, path):
        """Gives the node at path and everything below it, as it was at the snapshot's zxid."""
        call, frame = self._ask(snapshot=pb.Snapshot(path=path.encode(), window=FEED_WINDOW))
        return Stream(call, "changes", frame.snapshotted.zxid)

    def status(self):
        call, frame = self._ask(status_request=pb.StatusRequest())
        call.close()
        return frame.status

    def _ask(self, **body):
        with self._lock:
            if self._gone:
                raise self._gone
            self._last += 1
            call = self._calls[self._last] = _Call(self, self._last)
            self._send(call.id, **body)
        frame, _ = call.take()
        return call, frame

    def _send(self, id, **body):
        self._queue.put(pb.Frame(id=id, **body).SerializeToString())

    def _forget(self, call):
        with self._lock:
            known = self._calls.pop(call.id, None)
        if known:
            self._send(call.id, close=pb.Close())

    def _handle(self, raw):
        frame = pb.Frame.FromString(raw)
        with self._lock:
            call = self._calls.get(frame.id)
        if not call:
            return
        body = frame.WhichOneof("body")
        if body == "credit":
            call.give(frame.credit.bytes)
        elif body == "ended":
            with self._lock:
                self._calls.pop(frame.id, None)
            done = 5 in frame.ended.fault.kinds
            call.inbox.put(StopIteration() if done else _fault(frame.ended.fault))
        elif body:
            call.inbox.put((frame, len(raw)))

    def _lose(self):
        """Ends everything: the stream is gone."""
        with self._lock:
            self._gone = Closed("core is gone")
            calls, self._calls = self._calls, {}
        for call in calls.values():
            call.inbox.put(self._gone)

    def _packets(self):
        """Packs frames as they come, as many as are waiting, until the end is in the queue."""
        while True:
            frames, size, more = [], 0, True
            frame = self._queue.get()
            while frame is not None:
                while len(frame) > PACKET:
                    yield pb.Packet(frames=frames + [frame[:PACKET]], more=True)
                    frames, size, frame = [], 0, frame[PACKET:]
                frames.append(frame)
                size += len(frame)
                if size >= PACKET or self._queue.empty():
                    break
                frame = self._queue.get()
            if frames:
                yield pb.Packet(frames=frames)
            if frame is None:
                return


class _Service:
    """The gRPC service: one frontend, attached once."""

    def __init__(self, frontend):
        self.frontend, self.host = frontend, Host()
        self.stop, self.attached, self.ended, self.bye = (threading.Event() for _ in range(4))
        self.error = None

    def describe(self, request, context):
        return pb.DescribeReply(name=self.frontend.name)

    def configure(self, request, context):
        try:
            self.frontend.configure(json.loads(request.settings or b"{}"))
        except (ValueError, TypeError, KeyError) as e:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(e))
        return pb.ConfigureReply()

    def drain(self, request, context):
        self.stop.set()
        return pb.DrainReply()

    def attach(self, requests, context):
        if self.attached.is_set():
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, "already attached")
        self.attached.set()
        threading.Thread(target=self._read, args=(requests,), daemon=True).start()
        threading.Thread(target=self._serve, daemon=True).start()
        threading.Thread(target=self._tell_ready, daemon=True).start()
        yield from self.host._packets()
        if self.error:
            context.abort(grpc.StatusCode.ABORTED, self.error)

    def _read(self, requests):
        part = b""
        try:
            for packet in requests:
                for i, element in enumerate(packet.frames):
                    part += element
                    if packet.more and i == len(packet.frames) - 1:
                        break
                    self.host._handle(part)
                    part = b""
        except Exception:  # of gRPC, however the stream has ended
            pass
        self.host._lose()
        self.stop.set()

    def _serve(self):
        try:
            self.frontend.serve(self.host, self.stop)
            if not self.stop.is_set():
                self.error = "frontend ended by itself"
        except Exception as e:
            if not self.stop.is_set():
                logging.exception("frontend failed")
                self.error = f"{type(e).__name__}: {e}"
        self.stop.set()
        self.host._queue.put(None)
        self.ended.set()

    def _tell_ready(self):
        told = None
        while not self.stop.is_set():
            where = self.frontend.where
            if where != told:
                ready = pb.Ready(where=where) if where else pb.Ready(why_not="starting")
                self.host._send(0, ready=ready)
                told = where
            self.stop.wait(0.01)


class _HostLog(logging.Handler):
    """Writes records as the host reads them: with level and message, one JSON object in a line of standard error."""

    def emit(self, record):
        when = datetime.datetime.fromtimestamp(record.created, datetime.timezone.utc).isoformat()
        level = {"WARNING": "warn", "CRITICAL": "error"}.get(record.levelname, record.levelname.lower())
        print(json.dumps({"@timestamp": when, "@level": level, "@message": self.format(record)}), file=sys.stderr, flush=True)


def _certificate():
    """Makes a certificate for this one run, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    cert = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=1)).not_valid_after(now + datetime.timedelta(days=365 * 30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    encoding, form = serialization.Encoding, serialization.PrivateFormat.PKCS8
    return (
        key.private_bytes(encoding.PEM, form, serialization.NoEncryption()),
        cert.public_bytes(encoding.PEM), cert.public_bytes(encoding.DER),
    )


def _methods(service):
    def unary(method, request):
        return grpc.unary_unary_rpc_method_handler(method, request.FromString, lambda reply: reply.SerializeToString())

    def bare(method):
        return grpc.unary_unary_rpc_method_handler(method)

    def goodbye(request, context):
        service.bye.set()
        return b""

    handler = grpc.method_handlers_generic_handler
    return (
        handler("grove.frontend.v1.Frontend", {
            "Describe": unary(service.describe, pb.DescribeRequest),
            "Configure": unary(service.configure, pb.ConfigureRequest),
            "Drain": unary(service.drain, pb.DrainRequest),
            "Attach": grpc.stream_stream_rpc_method_handler(
                service.attach, pb.Packet.FromString, lambda packet: packet.SerializeToString()),
        }),
        handler("grpc.health.v1.Health", {"Check": bare(lambda request, context: b"\x08\x01")}),  # SERVING
        handler("plugin.GRPCController", {"Shutdown": bare(goodbye)}),
    )


def _listen(service):
    """Starts the server, and returns it with the line that tells the host where it is."""
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(16), handlers=_methods(service))
    path = os.path.join(os.environ.get("PLUGIN_UNIX_SOCKET_DIR", os.environ.get("TMPDIR", "/tmp")), f"{os.getpid()}.sock")
    line = f"1|{VERSION}|unix|{path}|grpc|"
    client = os.environ.get("PLUGIN_CLIENT_CERT", "").encode()
    if client:
        key, pem, der = _certificate()
        credentials = grpc.ssl_server_credentials([(key, pem)], root_certificates=client, require_client_auth=True)
        server.add_secure_port(f"unix:{path}", credentials)
        line += base64.b64encode(der).decode().rstrip("=")
    else:
        server.add_insecure_port(f"unix:{path}")
    server.start()
    return server, line


def serve(frontend):
    """The whole main of a plugin: serves the frontend to the host that started this process. It does not return."""
    if os.environ.get(COOKIE[0]) != COOKIE[1]:
        print(f"{frontend.name} is a frontend of Grove, started by a server that names it in its configuration.", file=sys.stderr)
        sys.exit(1)
    logging.basicConfig(level=logging.INFO, handlers=[_HostLog()], force=True)
    service = _Service(frontend)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: service.stop.set())
    _, line = _listen(service)
    print(line, flush=True)
    os.dup2(2, 1)  # what is printed from here on goes to the log of the node
    if service.attached.wait(ATTACH_TIME):
        service.stop.wait()
        if service.ended.wait(DRAIN_TIME):
            service.bye.wait(2.0)
        else:
            logging.error("frontend does not stop")
    else:
        logging.error("host opened no stream")
    sys.stderr.flush()
    os._exit(0)  # threads that wait for clients end with the process
