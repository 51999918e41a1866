#!/usr/bin/env python3
"""Does with a ZooKeeper server, through kazoo, what programs do with one, and looks at the outcome.

    kazoo_check.py HOST:PORT

Works with Debian's python3-kazoo (2.8.0) and against Apache ZooKeeper too. One line for each check; ends with
status 1 at the first that fails. Everything is made below /kazoo-check and removed at the end.
"""

import logging
import sys
import threading
import traceback
import uuid

from kazoo.client import KazooClient, KazooState
from kazoo.exceptions import (BadArgumentsError, BadVersionError, NoChildrenForEphemeralsError, NodeExistsError,
                              NoNodeError, NotEmptyError, RolledBackError)
from kazoo.protocol.states import EventType
from kazoo.security import make_acl

WAIT = 20  # seconds, for anything that ought to happen at once
ROOT = "/kazoo-check"


class Failed(Exception):
    """A check saw something else than it ought to."""


def expect(got, want, what):
    if got != want:
        raise Failed("%s: got %r, want %r" % (what, got, want))


def expect_error(kind, call, *args, **kwargs):
    try:
        got = call(*args, **kwargs)
    except kind:
        return
    raise Failed("%s%r: got %r, want %s" % (call.__name__, args, got, kind.__name__))


class Mailbox:
    """What callbacks of other threads put in, in order."""

    def __init__(self):
        self.items = []
        self.changed = threading.Condition()

    def put(self, item):
        with self.changed:
            self.items.append(item)
            self.changed.notify_all()

    def take(self, what):
        with self.changed:
            if not self.changed.wait_for(lambda: self.items, WAIT):
                raise Failed("%s: nothing came" % what)
            return self.items.pop(0)

    def expect(self, want, what):
        expect(self.take(what), want, what)

    def expect_event(self, kind, path):
        event = self.take("event %s of %s" % (kind, path))
        expect((event.type, event.path), (kind, path), "event")


class Check:
    """The checks, in the order of their names in the file. Each gets a node of its own to play below."""

    def __init__(self, hosts):
        self.hosts = hosts
        self.clients = []

    def connect(self, **kwargs):
        client = KazooClient(hosts=self.hosts, timeout=10, **kwargs)
        client.start(timeout=WAIT)
        self.clients.append(client)
        return client

    def stop(self):
        for client in self.clients:
            client.stop()
            client.close()

    # ---- one node ----

    def crud(self, zk, base):
        path = base + "/node"
        expect(zk.exists(path), None, "exists before create")
        expect(zk.create(path, b"one"), path, "create")
        data, stat = zk.get(path)
        expect((data, stat.version, stat.dataLength), (b"one", 0, 3), "get")
        expect(stat.czxid, stat.mzxid, "mzxid of a fresh node")
        changed = zk.set(path, b"three", version=0)
        expect((changed.version, changed.dataLength), (1, 5), "set")
        expect(changed.mzxid > stat.mzxid, True, "mzxid grows")
        expect(zk.get(path)[0], b"three", "get after set")
        zk.delete(path, version=1)
        expect(zk.exists(path), None, "exists after delete")

    def errors(self, zk, base):
        path = base + "/node"
        zk.create(path)
        expect_error(NodeExistsError, zk.create, path)
        expect_error(NoNodeError, zk.create, base + "/none/child")
        expect_error(NoNodeError, zk.get, base + "/none")
        expect_error(NoNodeError, zk.set, base + "/none", b"")
        expect_error(NoNodeError, zk.delete, base + "/none")
        expect_error(BadVersionError, zk.set, path, b"", version=7)
        expect_error(BadVersionError, zk.delete, path, version=7)
        zk.create(path + "/child")
        expect_error(NotEmptyError, zk.delete, path)
        expect_error(BadArgumentsError, zk.create, base + "/bad\u0001path")

    def null_and_empty_data(self, zk, base):
        zk.create(base + "/empty", b"")
        data, stat = zk.get(base + "/empty")
        expect((data, stat.dataLength), (b"", 0), "empty data")
        self.create_null(zk, base + "/null")
        data, stat = zk.get(base + "/null")
        expect((data, stat.dataLength), (None, 0), "null data")
        zk.set(base + "/null", b"")
        expect(zk.get(base + "/null")[0], b"", "empty over null")

    @staticmethod
    def create_null(zk, path):
        """kazoo's create does not take None, though the protocol does and its transactions do."""
        transaction = zk.transaction()
        transaction.create(path, b"")
        transaction.operations[0] = transaction.operations[0]._replace(data=None)
        expect(transaction.commit(), [path], "create without data")

    def children(self, zk, base):
        for name in ("c", "a", "b"):
            zk.create(base + "/" + name)
        expect(sorted(zk.get_children(base)), ["a", "b", "c"], "children")
        names, stat = zk.get_children(base, include_data=True)
        expect((len(names), stat.numChildren, stat.cversion), (3, 3, 3), "children with stat")
        zk.delete(base + "/a")
        stat = zk.exists(base)
        expect((stat.numChildren, stat.cversion), (2, 4), "stat after a child went")

    def sequence(self, zk, base):
        expect(zk.create(base + "/s-", sequence=True), base + "/s-0000000000", "first")
        zk.create(base + "/plain")
        zk.delete(base + "/plain")
        expect(zk.create(base + "/s-", sequence=True), base + "/s-0000000002", "third child ever made")

    def make_parents(self, zk, base):
        zk.create(base + "/a/b/c", b"deep", makepath=True)
        expect(zk.get(base + "/a/b/c")[0], b"deep", "data")
        zk.delete(base + "/a", recursive=True)
        expect(zk.exists(base + "/a"), None, "after recursive delete")

    def large_data(self, zk, base):
        data = bytes(range(256)) * 3900  # a little under the limit of one request
        zk.create(base + "/large", data)
        expect(zk.get(base + "/large")[0], data, "large data")

    def pipelined_in_order(self, zk, base):
        zk.create(base + "/n", b"")
        writes = [zk.set_async(base + "/n", b"%d" % i) for i in range(200)]
        read = zk.get_async(base + "/n")
        for i, write in enumerate(writes):
            expect(write.get(timeout=WAIT).version, i + 1, "version of write %d" % i)
        data, stat = read.get(timeout=WAIT)
        expect((data, stat.version), (b"199", 200), "read behind the writes")

    def access_control(self, zk, base):
        expect([str(acl.id.scheme) for acl in zk.get_acls(base)[0]], ["world"], "ACL of a fresh node")
        zk.create(base + "/n", b"")
        stat = zk.set_acls(base + "/n", [make_acl("world", "anyone", read=True, admin=True)])
        expect(stat.aversion, 1, "aversion")
        acls, _ = zk.get_acls(base + "/n")
        expect([(acl.perms, acl.id.id) for acl in acls], [(17, "anyone")], "ACL as set")
        zk.set_acls(base + "/n", [make_acl("world", "anyone", all=True)])

    def sync(self, zk, base):
        expect(zk.sync(base), base, "sync")

    # ---- watches ----

    def data_watch(self, zk, base):
        path, seen = base + "/n", Mailbox()
        expect(zk.exists(path, watch=seen.put), None, "exists")
        zk.create(path, b"1")
        seen.expect_event(EventType.CREATED, path)
        zk.get(path, watch=seen.put)
        zk.set(path, b"2")
        seen.expect_event(EventType.CHANGED, path)
        zk.set(path, b"3")  # the watch is spent
        zk.get(path, watch=seen.put)
        zk.delete(path)
        seen.expect_event(EventType.DELETED, path)
        expect(seen.items, [], "events left over")

    def child_watch(self, zk, base):
        seen = Mailbox()
        zk.get_children(base, watch=seen.put)
        zk.create(base + "/a")
        seen.expect_event(EventType.CHILD, base)
        zk.get_children(base, watch=seen.put)
        zk.delete(base + "/a")
        seen.expect_event(EventType.CHILD, base)

    def watch_of_another_session(self, zk, base):
        other, seen = self.connect(), Mailbox()
        other.sync(base)
        other.get(base, watch=seen.put)
        zk.set(base, b"new")
        seen.expect_event(EventType.CHANGED, base)
        expect(other.get(base)[0], b"new", "what the event told of")

    def watch_recipes(self, zk, base):
        data, children = Mailbox(), Mailbox()
        zk.DataWatch(base + "/n", lambda value, stat: data.put(value))
        zk.ChildrenWatch(base, lambda names: children.put(sorted(names)))
        data.expect(None, "no node")
        children.expect([], "no children")
        zk.create(base + "/n", b"1")
        data.expect(b"1", "created")
        children.expect(["n"], "a child")
        zk.set(base + "/n", b"2")
        data.expect(b"2", "changed")

    # ---- sessions ----

    def ephemerals_end_with_their_session(self, zk, base):
        other, seen = self.connect(), Mailbox()
        other.create(base + "/e", b"", ephemeral=True)
        expect_error(NoChildrenForEphemeralsError, other.create, base + "/e/child")
        zk.sync(base)
        expect(zk.exists(base + "/e", watch=seen.put).ephemeralOwner, other.client_id[0], "owner")
        other.stop()
        seen.expect_event(EventType.DELETED, base + "/e")
        expect(zk.exists(base + "/e"), None, "ephemeral after its session")

    def session_survives_its_connection(self, zk, base):
        other, states = self.connect(), Mailbox()
        other.add_listener(states.put)
        session = other.client_id[0]
        other.create(base + "/e", b"", ephemeral=True)
        other._connection._socket.shutdown(2)  # as if the network had failed
        states.expect(KazooState.SUSPENDED, "connection lost")
        states.expect(KazooState.CONNECTED, "connection made again")
        expect(other.client_id[0], session, "session id")
        zk.sync(base)
        expect(zk.exists(base + "/e") is not None, True, "ephemeral is still there")

    # ---- transactions ----

    def transaction_commits(self, zk, base):
        zk.create(base + "/old", b"")
        t = zk.transaction()
        t.check(base + "/old", version=0)
        t.create(base + "/new", b"x")
        t.set_data(base + "/new", b"y")
        t.create(base + "/new/s-", sequence=True)
        t.delete(base + "/old")
        results = t.commit()
        expect([results[0], results[1], results[3], results[4]],
               [True, base + "/new", base + "/new/s-0000000000", True], "results")
        expect(results[2].version, 1, "version of the set")
        expect(zk.get(base + "/new")[0], b"y", "data")
        expect(zk.exists(base + "/old"), None, "deleted")

    def transaction_rolls_back(self, zk, base):
        t = zk.transaction()
        t.create(base + "/a")
        t.delete(base + "/none")
        t.create(base + "/b")
        kinds = [type(result) for result in t.commit()]
        expect(kinds[:2], [RolledBackError, NoNodeError], "results")
        expect(zk.get_children(base), [], "nothing was made")

    # ---- recipes ----

    def lock(self, zk, base):
        other, got = self.connect(), Mailbox()
        mine, theirs = zk.Lock(base + "/lock", "mine"), other.Lock(base + "/lock", "theirs")
        expect(mine.acquire(timeout=WAIT), True, "first in")
        expect(theirs.acquire(blocking=False), False, "second while taken")
        waiting = threading.Thread(target=lambda: got.put(theirs.acquire(timeout=WAIT)), daemon=True)
        waiting.start()
        mine.release()
        got.expect(True, "second after release")
        waiting.join(WAIT)
        theirs.release()

    def election(self, zk, base):
        other, led, leave = self.connect(), Mailbox(), threading.Event()

        def run(client, name):
            def lead():
                led.put(name)
                leave.wait(WAIT)
            client.Election(base + "/election", name).run(lead)

        first = threading.Thread(target=run, args=(zk, "first"), daemon=True)
        first.start()
        led.expect("first", "leader")
        second = threading.Thread(target=run, args=(other, "second"), daemon=True)
        second.start()
        leave.set()
        led.expect("second", "leader after the first has left")
        first.join(WAIT)
        second.join(WAIT)

    def queue_counter_barrier(self, zk, base):
        queue = zk.LockingQueue(base + "/queue")
        queue.put_all([b"1", b"2"])
        for want in (b"1", b"2"):
            expect(queue.get(timeout=WAIT), want, "queue")
            queue.consume()
        counter = zk.Counter(base + "/counter")
        counter += 2
        counter -= 1
        expect(counter.value, 1, "counter")
        barrier = zk.Barrier(base + "/barrier")
        barrier.create()
        expect(barrier.wait(timeout=0.2), False, "barrier up")
        barrier.remove()
        expect(barrier.wait(timeout=WAIT), True, "barrier down")

    def party(self, zk, base):
        party = zk.Party(base + "/party", "one")
        party.join()
        expect((list(party), len(party)), (["one"], 1), "members")
        party.leave()
        expect(len(party), 0, "members after leaving")


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    checks = [name for name, method in vars(Check).items()
              if not name.startswith("_") and name not in ("connect", "stop", "create_null")]
    check = Check(sys.argv[1])
    logging.disable(logging.CRITICAL)  # connections are broken on purpose
    root = "%s/%s" % (ROOT, uuid.uuid4().hex)
    try:
        zk = check.connect()
        for name in checks:
            base = root + "/" + name
            zk.ensure_path(base)
            try:
                getattr(check, name)(zk, base)
            except Exception as err:  # whatever it is, it is the outcome of this check
                print("FAILED kazoo: %s: %s: %s" % (name.replace("_", " "), type(err).__name__, err))
                if not isinstance(err, Failed):
                    traceback.print_exc()
                return 1
            print("ok kazoo: %s" % name.replace("_", " "))
        zk.delete(root, recursive=True)
    finally:
        check.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
