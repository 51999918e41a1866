import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.cache.CuratorCache;
import org.apache.curator.framework.recipes.cache.TreeCache;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.framework.recipes.nodes.PersistentNode;
import org.apache.curator.retry.RetryForever;
import org.apache.zookeeper.CreateMode;

/**
 * Does what programs do with Curator's recipes: two clients, one tree. In the middle it says "trouble?" and waits for a
 * line, so that somebody can take a server away; whatever was held before has to be held after it. Works against Apache
 * ZooKeeper too.
 */
@SuppressWarnings("deprecation") // TreeCache, which many use
public class CuratorCheck {
  static final String ROOT = "/curator-check-" + ProcessHandle.current().pid();

  public static void main(String[] args) throws Exception {
    try (CuratorFramework one = client(args[0]); CuratorFramework other = client(args[0]);
        TreeCache tree = TreeCache.newBuilder(one, ROOT + "/tree").build();
        CuratorCache cache = CuratorCache.build(one, ROOT + "/tree"); // by a persistent recursive watch
        PersistentNode kept = new PersistentNode(other, CreateMode.EPHEMERAL, false, ROOT + "/kept", bytes("here"));
        LeaderLatch first = new LeaderLatch(one, ROOT + "/latch", "one")) {
      LeaderLatch second = new LeaderLatch(other, ROOT + "/latch", "other");

      int servers = args[0].split(",").length;
      await("ensemble tracker: knows all servers", () -> servers == 1 || one.getCurrentConfig().getVotingMembers().size() == servers);
      put(other, "/tree/a", "1");
      put(other, "/tree/b", "1");
      tree.start();
      cache.start();
      await("tree cache: what is there", () -> "1".equals(text(tree, "/tree/a")) && "1".equals(text(tree, "/tree/b")));
      put(other, "/tree/a", "2");
      await("tree cache: a change", () -> "2".equals(text(tree, "/tree/a")));
      await("curator cache: a change", () -> "2".equals(text(cache, "/tree/a")) && "1".equals(text(cache, "/tree/b")));

      InterProcessMutex mine = new InterProcessMutex(one, ROOT + "/mutex");
      InterProcessMutex theirs = new InterProcessMutex(other, ROOT + "/mutex");
      mine.acquire();
      check("mutex: one at a time", !theirs.acquire(300, TimeUnit.MILLISECONDS));
      mine.release();
      check("mutex: the next", theirs.acquire(10, TimeUnit.SECONDS));

      first.start();
      await("latch: one leads", first::hasLeadership);
      second.start();
      await("latch: both are there", () -> first.getParticipants().size() == 2);

      kept.start();
      check("persistent node: is made", kept.waitForInitialCreate(10, TimeUnit.SECONDS));
      long here = session(one), there = session(other);

      System.out.println("trouble?");
      System.in.read();

      await("sessions: go on", () -> session(one) == here && session(other) == there && there == owner(one, "/kept"));
      check("mutex: is still held", !mine.acquire(300, TimeUnit.MILLISECONDS));
      theirs.release();
      check("mutex: goes to the next", mine.acquire(10, TimeUnit.SECONDS));
      await("latch: one leads again", () -> first.hasLeadership() != second.hasLeadership());
      put(other, "/tree/a", "3");
      other.delete().forPath(ROOT + "/tree/b");
      await("tree cache: goes on", () -> "3".equals(text(tree, "/tree/a")) && text(tree, "/tree/b") == null);
      await("curator cache: goes on", () -> "3".equals(text(cache, "/tree/a")) && text(cache, "/tree/b") == null);
      one.delete().forPath(ROOT + "/kept");
      await("persistent node: is made again", () -> owner(one, "/kept") == there);

      second.close();
      await("latch: who stays leads", first::hasLeadership);
      kept.close();
      await("persistent node: goes with its keeper", () -> one.checkExists().forPath(ROOT + "/kept") == null);
      mine.release();
      one.delete().guaranteed().deletingChildrenIfNeeded().forPath(ROOT);
    }
  }

  static CuratorFramework client(String servers) {
    CuratorFramework client = CuratorFrameworkFactory.newClient(servers, 15_000, 5_000, new RetryForever(100));
    client.start();
    return client;
  }

  static void put(CuratorFramework client, String path, String value) throws Exception {
    client.create().orSetData().creatingParentsIfNeeded().forPath(ROOT + path, bytes(value));
  }

  static byte[] bytes(String text) { return text.getBytes(UTF_8); }

  static String text(TreeCache tree, String path) {
    var node = tree.getCurrentData(ROOT + path);
    return node == null ? null : new String(node.getData(), UTF_8);
  }

  static String text(CuratorCache cache, String path) {
    return cache.get(ROOT + path).map(node -> new String(node.getData(), UTF_8)).orElse(null);
  }

  static long session(CuratorFramework client) throws Exception {
    return client.getZookeeperClient().getZooKeeper().getSessionId();
  }

  static long owner(CuratorFramework client, String path) throws Exception {
    var stat = client.checkExists().forPath(ROOT + path);
    return stat == null ? 0 : stat.getEphemeralOwner();
  }

  static void await(String what, Callable<Boolean> condition) throws Exception {
    for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20); !condition.call() && System.nanoTime() < end;) {
      Thread.sleep(20);
    }
    check(what, condition.call());
  }

  static void check(String what, boolean holds) {
    System.out.println((holds ? "ok Curator: " : "FAILED Curator: ") + what);
    if (!holds) {
      Runtime.getRuntime().halt(1);
    }
  }
}
