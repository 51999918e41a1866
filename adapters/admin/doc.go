// Package admin shows how a node is, over HTTP, to people and to the programs that watch over servers:
//
//	/healthz              200 while the process lives
//	/readyz               200 while the node serves, else 503 and why it does not
//	/metrics              for Prometheus
//	/status               how the node is, the members of its cluster, and its frontends, as JSON
//	/validators           the rules and how they do on this node, as JSON
//	/validators/denials   the last writes that this node refused, the newest last, as JSON
//	/feed?from=ZXID       what the change log holds after that, up to now: a transaction a line, as JSON; with path=GLOB,
//	                      which may be repeated, only changes of such paths; 410 when the log begins later
//
// It reads and never changes anything. /feed shows the data of nodes, whoever may read them, so it takes an identity of
// auth.super that has a password, by basic authentication. The other pages ask nobody who he is, and they tell paths,
// names of users and addresses: that is why it listens on loopback unless it is told otherwise, and there is no
// encryption.
//
// What it does not know itself it asks through the functions of its [Config] and of the [sdk.Host], on the goroutine of the
// request. Beside those of net/http it has one goroutine, which ends the server when its context ends: it lets answers under
// way finish, but for two seconds at most.
package admin
