// Package admin shows how a node is, over HTTP, to people and to the programs that watch over servers:
//
//	/healthz              200 while the process lives
//	/readyz               200 while the node serves, else 503 and why it does not
//	/metrics              for Prometheus
//	/status               how the node is, and its frontends, as JSON
//	/validators           the rules and how they do on this node, as JSON
//	/validators/denials   the last writes that this node refused, the newest last, as JSON
//
// It reads and never changes anything, and it asks nobody who he is: that is why it listens on loopback unless it is
// told otherwise. What it does not know itself it asks through the functions of its [Config], on the goroutine of the
// request. Beside those of net/http it has one goroutine, which ends the server when its context ends.
package admin
