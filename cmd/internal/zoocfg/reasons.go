package zoocfg

import "strings"

// reasons are the keys that have no place in Grove, and why. A key that ends in a dot stands for all that begin with it;
// the first that fits counts.
var reasons = []struct{ key, why string }{
	{"dynamicConfigFile", "its lines are here"},
	{"dataLogDir", "the log is kept in data.dir"},
	{"initLimit", "Raft has time-outs of its own"},
	{"syncLimit", "Raft has time-outs of its own"},
	{"connectToLearnerMasterLimit", "Raft has time-outs of its own"},
	{"electionAlg", "leaders are elected by Raft"},
	{"electionPortBindRetry", "there is no port for elections"},
	{"leaderServes", "every node serves clients"},
	{"peerType", "the role stands in the list of members"},
	{"group.", "every voter has one vote"},
	{"weight.", "every voter has one vote"},
	{"oraclePath", "every voter has one vote"},
	{"observerMasterPort", "nodes learn from the leader"},
	{"observer.", "nodes learn from the leader"},
	{"standaloneEnabled", "a cluster may have one node, and grow"},
	{"localSessions", "every session is known to the whole cluster"},
	{"sslQuorum", "certificates of nodes are read again whenever they change"},
	{"ssl.quorum.", "connections between nodes are as tls.peer_certificate says"},
	{"portUnification", "TLS has a port of its own"},
	{"client.portUnification", "TLS has a port of its own"},
	{"quorum.auth.", "nodes do not authenticate each other by SASL"},
	{"quorum.cnxn", "nodes do not authenticate each other by SASL"},
	{"ssl.protocol", "TLS is 1.2 or later"},
	{"ssl.enabledProtocols", "TLS is 1.2 or later"},
	{"ssl.ciphersuites", "the cipher suites are those Go holds for safe"},
	{"ssl.crl", "certificates are not looked up with their authority"},
	{"ssl.ocsp", "certificates are not looked up with their authority"},
	{"ssl.hostnameVerification", "names of clients' hosts are not compared with their certificates"},
	{"ssl.clientHostnameVerification", "names of clients' hosts are not compared with their certificates"},
	{"client.certReload", "certificates are read again whenever they change"},
	{"serverCnxnFactory", "TLS needs no factory"},
	{"fips-mode", "Go is told by GODEBUG=fips140"},
	{"admin.", "the admin pages of Grove are others, see listen.admin"},
	{"metricsProvider.", "metrics are at /metrics of listen.admin"},
	{"autopurge.", "what is no longer needed is removed without being told to"},
	{"snapSizeLimitInKb", "snapshots are taken by number of entries"},
	{"snapshot.", "snapshots have a form of their own"},
	{"preAllocSize", "the log has a form of its own"},
	{"txnLogSizeLimitInKb", "the log has a form of its own"},
	{"commitLogCount", "see snapshot.entries"},
	{"forceSync", "every write is on disk before it is answered"},
	{"fsync.warningthresholdms", "slow disks show in the metrics"},
	{"extendedTypesEnabled", "nodes with a time to live are always there"},
	{"emulate353TTLNodes", "times to live are kept in a field of their own"},
	{"globalOutstandingLimit", "what a session may have unanswered is bounded for each"},
	{"request_throttle", "what a session may have unanswered is bounded for each"},
	{"throttled_op_wait_time", "what a session may have unanswered is bounded for each"},
	{"connection", "connections are bounded by zookeeper.max_connections"},
	{"clientPortListenBacklog", "the backlog is the system's"},
	{"nio.", "there is no pool of threads to size"},
	{"netty.", "there is no pool of threads to size"},
	{"commitProcessor.", "there is no pool of threads to size"},
	{"flushDelay", "writes are gathered without being told to"},
	{"max", "writes are gathered without being told to"},
	{"skipACL", "lists of who may do what always count"},
	{"digest.enabled", "what is kept has checksums of its own"},
	{"enforceQuota", "hard quotas always count"},
	{"enforce.auth.", "see zookeeper.require"},
	{"DigestAuthenticationProvider.", "digests are SHA-1, as those of ZooKeeper"},
	{"kerberos.", "SASL is DIGEST-MD5 alone"},
	{"sasl", "SASL is DIGEST-MD5 alone"},
	{"znode.container.", "see sweep.interval"},
	{"audit.", "see the change log"},
	{"java.", "it is for Java"},
	{"file.", "it is for Java"},
	{"sun.", "it is for Java"},
	{"com.sun.", "it is for Java"},
	{"log4j", "see log.level"},
	{"logback", "see log.level"},
	{"log.", "see log.level"},
	{"root.logger", "see log.level"},
	{"console.", "see log.level"},
}

func reason(key string) string {
	for _, r := range reasons {
		if strings.HasPrefix(key, r.key) {
			return r.why
		}
	}
	return "Grove has nothing like it"
}
