package sdk

// Stat is what ZooKeeper tells of a znode, field for field (jute record org.apache.zookeeper.data.Stat).
// Times are milliseconds since the Unix epoch. Cversion counts creations and deletions of children.
type Stat struct {
	Czxid          int64
	Mzxid          int64
	Ctime          int64
	Mtime          int64
	Version        int32
	Cversion       int32
	Aversion       int32
	EphemeralOwner int64
	DataLength     int32
	NumChildren    int32
	Pzxid          int64
}
